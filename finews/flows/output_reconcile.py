"""What `finews reconcile` tells a person: the days, what is off, and what was repaired."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from finews.flows.reconcile import Reconciliation
from finews.schema.coverage import DayCoverage
from finews.schema.records import CHINA

_DAYS_SHOWN: Final = 31
_OLDER_SHOWN: Final = 60
_LINES_SHOWN: Final = 20
_COUNTED: Final = (
    "listed",
    "known",
    "rows",
    "posts",
    "missing",
    "waiting",
    "quarantined",
    "gone",
    "forgotten",
)
_ALWAYS: Final = ("listed", "rows", "posts", "missing")
_DONE: Final = {
    "leases_freed": "leases of dead runs freed",
    "links_settled": "links settled",
    "answers_read": "stored answers read",
    "posts_mended": "posts mended",
    "posts_set_aside": "posts without a row set aside",
    "files_removed": "left-over files removed",
    "texts_hashed": "texts hashed",
}


def print_reconciliation(found: Reconciliation) -> None:
    """The days worth showing, the first lines of each list, and the counts."""
    console = Console()
    _print_days(console, found)
    counts = found.counts
    for kind in ("missing_posts", "changed_posts", "orphan_posts"):
        _print_lines(console, kind.removesuffix("_posts"), getattr(found, kind), counts[kind])
    _print_stuck(console, found)
    alike = [f"{code} repeats {first}" for code, first in found.duplicates]
    _print_lines(console, "duplicate", alike, found.duplicates_in_all)
    told = ", ".join(
        f"{counts[kind]} {kind.replace('_', ' ')}"
        for kind in ("missing_posts", "changed_posts", "orphan_posts", "stuck", "missing", "duplicates")
    )
    console.print(Text(f"{found.rows} rows, {found.posts} posts: {told}"))
    if found.unhashed:
        words = "rows may repeat others, it is not known yet: `finews reconcile --fix` finds out"
        console.print(Text(f"{found.unhashed} {words}"))
    if counts["missing"]:
        console.print(
            Text(f"{counts['missing']} listed articles are not here: `finews backfill --gaps` fetches them")
        )


def print_fixed(told: Mapping[str, Any]) -> None:
    """What a `--fix` did, before the comparison that came after it."""
    fixed = told["fixed"]
    done = ", ".join(f"{fixed[kind]} {words}" for kind, words in _DONE.items() if fixed[kind])
    console = Console()
    console.print(Text(f"run {told['run']}: {done or 'nothing to repair'}"))
    if fixed["orphans_left"]:
        words = "posts belong to no article of this database, which is too many for an accident: they were left alone"
        console.print(Text(f"{fixed['orphans_left']} {words}", style="yellow"))


def _print_days(console: Console, found: Reconciliation) -> None:
    if not found.coverage:
        return
    shown, hidden, unread = _worth_showing(found)
    told = [found.day_as_json(day) for day in shown]
    # Few days have anything in the last columns, and a terminal has few columns.
    counted = [name for name in _COUNTED if name in _ALWAYS or any(each[name] for each in told)]
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("day", no_wrap=True)
    for name in counted:
        table.add_column(name, justify="right")
    table.add_column("list read")
    for day, each in zip(shown, told, strict=True):
        numbers = [Text(str(each[name] or "·"), style=_colour(name, each[name])) for name in counted]
        table.add_row(day.day.isoformat(), *numbers, _surveyed(found, day))
    console.print(table)
    if hidden:
        console.print(Text(f"and {hidden} earlier days that lack something; --json has all"))
    if unread:
        console.print(
            Text(f"{unread} earlier days were never read whole: `finews backfill --gaps` reads them")
        )


def _worth_showing(found: Reconciliation) -> tuple[list[DayCoverage], int, int]:
    """The last days and those before that lack something; how many more of these, and of those never read whole.

    Where days were asked for, all of them.
    """
    if found.first or found.last:
        return found.coverage, 0, 0
    recent = found.at.astimezone(CHINA).date() - timedelta(days=_DAYS_SHOWN)
    late = [each for each in found.coverage if each.day > recent]
    early = [each for each in found.coverage if each.day <= recent]
    lacking = [each for each in early if each.lacks]
    unread = sum(not each.lacks and not each.is_complete(found.at) for each in early)
    return lacking[-_OLDER_SHOWN:] + late, max(0, len(lacking) - _OLDER_SHOWN), unread


def _surveyed(found: Reconciliation, day: DayCoverage) -> Text:
    if day.unread:
        return Text(f"in part: {day.unread}", style="yellow")
    if day.surveyed_at is None:
        return Text("never", style="dim")
    return Text(
        f"{day.surveyed_at.astimezone():%Y-%m-%d %H:%M}", style="green" if day.is_complete(found.at) else ""
    )


def _colour(name: str, number: int) -> str:
    return {"missing": "red", "waiting": "yellow"}.get(name, "") if number else "dim"


def _print_stuck(console: Console, found: Reconciliation) -> None:
    if not found.stuck:
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("stuck", "state", "since", "how"):
        table.add_column(column)
    for each in found.stuck[:_LINES_SHOWN]:
        since = f"{each.since.astimezone():%Y-%m-%d %H:%M:%S}"
        table.add_row(each.info_code, each.state, since, each.what.replace("_", " "))
    more = sum(found.stuck_by_kind.values()) - len(found.stuck[:_LINES_SHOWN])
    table.caption = f"and {more} more" if more else None
    console.print(table)


def _print_lines(console: Console, kind: str, lines: list[str], number: int) -> None:
    for line in lines[:_LINES_SHOWN]:
        console.print(Text(f"  {kind}: {line}"))
    if number > _LINES_SHOWN:
        console.print(Text(f"  and {number - _LINES_SHOWN} more"))
