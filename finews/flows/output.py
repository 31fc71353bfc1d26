"""What commands print: one JSON object, or tables for a person."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from finews.flows.report import Report
from finews.schema.records import TROUBLE, Outcome, QuarantineItem

_ARTICLES_SHOWN = 20
_ALIKE_SHOWN = 5
_COLOURS = {
    Outcome.NEW: "green",
    Outcome.UPDATED: "cyan",
    Outcome.QUARANTINED: "yellow",
    Outcome.GONE: "yellow",
    Outcome.BLOCKED: "red",
    Outcome.FAILED: "red",
}


def print_json(found: Mapping[str, Any]) -> None:
    """The one object on standard output."""
    as_it_is = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    # Piece by piece: what names a hundred thousand articles is long.
    json.dump(found, sys.stdout, ensure_ascii=not as_it_is, indent=2)
    sys.stdout.write("\n")
    sys.stdout.flush()


def print_report(report: Report) -> None:
    """A run's feeds, its articles (all that went wrong, and the first others), and the counts."""
    console = Console()
    if report.feeds:
        console.print(_feeds(report))
    shown = _worth_showing(report)
    if shown:
        console.print(_articles(report, shown))
    counts = ", ".join(f"{number} {name}" for name, number in report.counts.items() if number)
    console.print(Text(f"run {report.run}: {counts or 'nothing to do'}"))
    if report.note:
        console.print(Text(report.note))


def _worth_showing(report: Report) -> Sequence[int]:
    results = report.results
    troubled = [place for place, each in enumerate(results) if each.outcome in TROUBLE]
    others = [place for place, each in enumerate(results) if each.outcome not in TROUBLE]
    return sorted(troubled[:_ARTICLES_SHOWN] + others[: max(0, _ARTICLES_SHOWN - len(troubled))])


def _articles(report: Report, shown: Sequence[int]) -> Table:
    counted = sum(report.others.values())
    left_out = len(report.results) + counted - len(shown)
    table = _table("article", "outcome", "reason", "post")
    named = "" if counted else "; --json has all"
    table.caption = f"and {left_out} more{named}" if left_out else None
    for place in shown:
        each = report.results[place]
        outcome = Text(each.outcome.value, style=_COLOURS.get(each.outcome, ""))
        table.add_row(each.info_code, outcome, each.reason, each.post or "")
    return table


def _feeds(report: Report) -> Table:
    table = _table("feed", "listed", "new", "error")
    for each in report.feeds:
        if each.paused:
            table.add_row(each.name, "", "", Text("paused", style="yellow"))
        else:
            error = Text(each.error or "", style="red")
            table.add_row(each.name, str(each.listed), str(each.discovered), error)
    return table


def print_trace(found: Mapping[str, Any]) -> None:
    """`finews trace` for a person."""
    console = Console()
    console.print(Text(f"{found['info_code']}  {found['title'] or ''}".rstrip(), style="bold"))
    console.print(Text(found["standing"]))
    if found["feeds"]:
        console.print(Text(f"listed by {', '.join(found['feeds'])}"))
    if found["securities"]:
        names = ", ".join(f"{each['name'] or each['code']} ({each['code']})" for each in found["securities"])
        console.print(Text(f"names {names}"))
    if found["duplicate_of"]:
        console.print(Text(f"repeats the text of {found['duplicate_of']}"))
    if alike := found["duplicates"]:
        others = f" and {len(alike) - _ALIKE_SHOWN} more" if len(alike) > _ALIKE_SHOWN else ""
        console.print(Text(f"its text is repeated by {', '.join(alike[:_ALIKE_SHOWN])}{others}"))
    table = _table("at", "run", "stage", "outcome", "reason", "asked")
    for event in found["events"]:
        asked = "; ".join(f"{each['mirror']} {each['reason']}" for each in event.get("asked", ()))
        table.add_row(
            _when(event["at"]),
            str(event["run"]),
            event["stage"],
            event["outcome"] or "",
            event["reason"] or _rolled_up(event),
            asked,
        )
    if found["events"]:
        console.print(table)


def _rolled_up(event: Mapping[str, Any]) -> str:
    """`4 until 2026-03-10 09:30:00: 2 fetch, 1 load new, …`, of events that retention merged into one."""
    if "counts" not in event:
        return ""
    counts = ", ".join(f"{number} {what}" for what, number in event["counts"].items())
    return f"{event['events']} until {_when(event['last'])}: {counts}"


def print_quarantine(items: Sequence[QuarantineItem]) -> None:
    """`finews quarantine list` for a person."""
    table = _table("article", "stage", "reason", "at", "discarded")
    for each in items:
        discarded = f"{each.discarded_by}: {each.discarded_why}" if each.discarded_at else ""
        table.add_row(
            each.info_code, each.stage, each.reason, f"{each.at.astimezone():%Y-%m-%d %H:%M}", discarded
        )
    Console().print(table if items else Text("Nothing is in quarantine."))


def print_addresses(addresses: Mapping[str, str]) -> None:
    """A line each: what it is, and where."""
    table = Table(header_style="bold", box=None, pad_edge=False)
    for name in ("what", "where"):
        table.add_column(name, overflow="fold")
    for what, where in addresses.items():
        table.add_row(Text(what), Text(where))
    Console().print(table)


def print_counts(found: Mapping[str, Any]) -> None:
    """A line of counts, lists shown by their length and first members."""
    console = Console()
    console.print(
        Text(
            ", ".join(
                f"{len(v) if isinstance(v, list) else v} {k.replace('_', ' ')}" for k, v in found.items()
            )
        )
    )
    for name, paths in found.items():
        if isinstance(paths, list):
            for path in paths[:_ARTICLES_SHOWN]:
                console.print(Text(f"  {name.removesuffix('_posts')}: {path}"))


def _when(moment: str | None) -> str:
    """`2026-03-10T09:30:00+00:00` as `2026-03-10 09:30:00`, in the time zone of this machine."""
    return moment[:19].replace("T", " ") if moment else ""


def _table(*columns: str) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def print_item(shown: Mapping[str, Any], payload: str) -> None:
    """`finews quarantine show` for a person."""
    console = Console()
    for name, value in shown.items():
        if value is not None:
            console.print(Text(f"{name}: {value}"))
    console.print(Text(payload))


def print_settings(found: Sequence[Mapping[str, Any]]) -> None:
    """`finews settings` for a person."""
    table = _table("setting", "value", "meaning")
    for each in found:
        table.add_row(each["name"], Text(str(each["value"])), Text(each["meaning"]))
    Console().print(table)
