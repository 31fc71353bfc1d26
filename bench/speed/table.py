"""Figures as lines of a table."""

from __future__ import annotations

from collections.abc import Sequence

from bench.speed.figures import Figure


def shown(figures: Sequence[Figure], *, first: bool, targets: bool = True) -> None:
    """Prints figures, below a head where they are the first; `targets` are meant for the whole bench alone."""
    if first:
        print(
            f"{'stage':27}{'ours':>10}{'beside':>10}{'ratio':>8}{'rounds':>15}{'target':>9}  what, beside what"
        )
    for each in figures:
        low, high = min(each.ratios), max(each.ratios)
        target = (
            "" if each.target is None or not targets else f"{'≤' if each.at_most else '≥'} {each.target:g}"
        )
        mark = "  MISSED" if targets and each.held is False else ""
        print(
            f"{each.stage:27}{number(each.ours):>10}{number(each.beside):>10}{each.ratio:8.2f}"
            f"{f'{low:.2f} – {high:.2f}':>15}{target:>9}  {each.what} ({each.unit}), {each.limit}{mark}",
            flush=True,
        )
        if each.note:
            print(f"{'':27}{each.note}", flush=True)


def number(value: float) -> str:
    """Three digits that mean something."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
