"""What `finews alerts …` prints for a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from finews.flows.alerts import Check, alert_json

_COLOURS = {"firing": "red", "recovering": "yellow", "held": "yellow"}


def print_check(check: Check) -> None:
    """What a check found and sent."""
    console = Console()
    if check.skipped:
        console.print(Text("another process is checking just now"))
        return
    firing = [alert_json(each) for each in check.alerts if each.firing]
    console.print(_alerts(firing) if firing else Text("nothing fires"))
    for each in check.sendings:
        how = "sent to" if each.error is None else "NOT sent to"
        why = f": {each.error}; the next check sends it again" if each.error else ""
        console.print(
            Text(f"{each.title}: {how} target {each.target}{why}", style="red" if each.error else "")
        )
    if firing and not check.targets:
        console.print(Text("nobody is told: FINEWS_ALERTS_TO is not set", style="yellow"))


def print_alerts(found: Mapping[str, Any]) -> None:
    """What fires, and the newest messages."""
    console = Console()
    console.print(_alerts(found["alerts"]) if found["alerts"] else Text("nothing is amiss"))
    told = ", ".join(found["targets"]) or "nobody, FINEWS_ALERTS_TO is not set"
    console.print(Text(f"told: {told}"))
    for each in found["messages"]:
        where = f"delivered to {', '.join(each['delivered']) or 'nobody'}"
        waits = f", not to all yet ({each['attempts']} attempts)" if each["waiting"] else ""
        console.print(Text(f"{each['at'][:19].replace('T', ' ')}  {each['title']}  {where}{waits}"))


def print_trial(found: Sequence[Mapping[str, Any]]) -> None:
    """How the test message went, target by target."""
    console = Console()
    for each in found:
        how = "delivered" if each["error"] is None else str(each["error"])
        console.print(Text(f"target {each['target']}: {how}", style="red" if each["error"] else "green"))


def _alerts(alerts: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("state", "kind", "what", "since"):
        table.add_column(column, overflow="fold")
    for each in alerts:
        state = Text(each["state"], style=_COLOURS.get(each["state"], ""))
        table.add_row(state, each["kind"], Text(each["what"]), (each["since"] or "")[:19].replace("T", " "))
    return table
