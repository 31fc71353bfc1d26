"""`replay --diff` for a person: counts, then each field with its samples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.text import Text


def print_diff(found: Mapping[str, Any]) -> None:
    """The object that `replay --diff --json` prints, as text: `infoCode: old → new`."""
    console = Console()
    outcomes = ("new", "updated", "unchanged", "quarantined", "skipped")
    counts = ", ".join(f"{found[name]} {name}" for name in outcomes if found[name])
    console.print(Text(f"{found['payloads']} payloads would end: {counts or 'nothing to do'}"))
    if found["stamped"]:
        console.print(
            Text(f"{found['stamped']} keep their text; their normaliser and securities would be noted")
        )
    for name, difference in found["fields"].items():
        _print_field(console, f"{name}: {difference['count']} would differ", difference)
    for name, difference in found["fixed"].items():
        _print_field(
            console,
            f"{name}: {difference['count']} are said otherwise now, and stay as first published",
            difference,
        )
    if not found["fields"]:
        console.print(Text("nothing would change"))


def _print_field(console: Console, heading: str, difference: Mapping[str, Any]) -> None:
    console.print(Text(heading, style="bold"))
    for each in difference["samples"]:
        console.print(Text(f"  {each['info_code']}: {_shown(each['old'])} → {_shown(each['new'])}"))


def _shown(text: str) -> str:
    return text.replace("\n", "⏎") if text else "(nothing)"
