"""What `backfill` and `backfills` print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from finews.flows.backfill_plan import Plan, in_words_unread, unread_as_json
from finews.flows.backfills import Standing
from finews.flows.pace import in_words

_FIELDS = ("listed", "present", "missing", "quarantined", "forgotten", "edited")


def plan_as_json(plan: Plan) -> dict[str, Any]:
    """The object that `backfill --plan --json` prints."""
    return {
        "backfill": plan.backfill.id,
        "wish": plan.backfill.wish["words"],
        **{field: plan.total(field) for field in _FIELDS},
        "requests": plan.requests,
        "seconds": plan.seconds,
        "list_requests": plan.list_requests,
        "days": [{**asdict(day), "day": str(day.day)} for day in plan.days],
        "unread": [unread_as_json(each) for each in plan.unread],
        "run": plan.run,
    }


def print_plan(plan: Plan, *, to_standard_error: bool = False) -> None:
    """The days of a plan, their sums, and what it would cost."""
    console = Console(stderr=to_standard_error)
    table = Table("day", *_FIELDS, box=None, header_style="bold", pad_edge=False, show_footer=True)
    for column, field in zip(table.columns[1:], _FIELDS, strict=True):
        column.justify = "right"
        column.footer = f"{plan.total(field):,}"
    table.columns[0].footer = "all"
    for day in plan.days:
        numbers = [str(getattr(day, field) or "·") for field in _FIELDS]
        table.add_row(str(day.day), *numbers, style="yellow" if day.missing else "")
    console.print(table)
    console.print(Text(plan_in_words(plan)))
    for each in plan.unread:
        console.print(Text(in_words_unread(each), style="red"))
    if plan.requests and not to_standard_error:
        console.print(Text(f"`finews backfills run {plan.backfill.id}` fetches them"))


def plan_in_words(plan: Plan) -> str:
    """`31 articles to fetch: 31 requests, 12 s at the set rate; the list took 14 requests`."""
    again = " again" if plan.backfill.force else ""
    cost = f"{plan.requests:,} requests"
    time = f", {in_words(plan.seconds)} at the set rate" if plan.seconds is not None else ", no rate is set"
    return (
        f"backfill {plan.backfill.id}, {plan.backfill.wish['words']}: {plan.requests:,} articles to fetch{again}, "
        f"{cost}{time if plan.requests else ''}; the list took {plan.list_requests} requests"
    )


def standing_as_json(standing: Standing) -> dict[str, Any]:
    """A backfill as `backfills show --json` prints it."""
    backfill, progress = standing.backfill, standing.progress
    return {
        "backfill": backfill.id,
        "wish": dict(backfill.wish),
        "state": standing.word,
        "asked_by": backfill.asked_by,
        "asked_at": backfill.asked_at.astimezone().isoformat(timespec="seconds"),
        "changed_by": backfill.changed_by,
        "changed_at": backfill.changed_at.astimezone().isoformat(timespec="seconds"),
        "done": progress.done,
        "left": progress.left,
        "unlisted_chunks": progress.unlisted,
        "outcomes": dict(progress.outcomes),
        "runs": list(progress.working),
        "rate": standing.rate,
        "seconds_left": standing.seconds_left,
        "unread": [unread_as_json(each) for each in standing.unread],
    }


def print_standings(standings: Sequence[Standing]) -> None:
    """`backfills list` for a person."""
    if not standings:
        Console().print(Text("There is no backfill yet."))
        return
    table = Table(
        "backfill", "of", "state", "done", "left", "asked", box=None, header_style="bold", pad_edge=False
    )
    for each in standings:
        backfill = each.backfill
        asked = f"{backfill.asked_at.astimezone():%Y-%m-%d %H:%M} {backfill.asked_by}"
        left = f"{each.progress.left:,}" + (" and lists" if each.progress.unlisted else "")
        table.add_row(
            str(backfill.id), Text(backfill.wish["words"]), each.word, f"{each.progress.done:,}", left, asked
        )
    Console().print(table)


def print_standing(standing: Standing) -> None:
    """`backfills show` for a person."""
    console, backfill, progress = Console(), standing.backfill, standing.progress
    console.print(Text(f"backfill {backfill.id}: {backfill.wish['words']}", style="bold"))
    changed = f"{backfill.changed_at.astimezone():%Y-%m-%d %H:%M:%S} by {backfill.changed_by}"
    console.print(Text(f"{standing.word}, since {changed}"))
    counts = ", ".join(f"{number:,} {name}" for name, number in progress.outcomes.items() if number)
    console.print(Text(f"{progress.done:,} done ({counts or 'nothing yet'}), {progress.left:,} left"))
    if progress.unlisted:
        console.print(Text(f"the lists of {progress.unlisted} chunks are still to be read"))
    if standing.rate:
        time = f", {in_words(standing.seconds_left)} left" if standing.seconds_left is not None else ""
        console.print(
            Text(f"{standing.rate:.1f} a second{time} (runs {', '.join(map(str, progress.working))})")
        )
    for each in standing.unread:
        console.print(Text(in_words_unread(each), style="red"))
    if standing.word in ("planned", "paused", "interrupted"):
        console.print(Text(f"`finews backfills run {backfill.id}` carries on"))
