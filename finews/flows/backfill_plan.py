"""The plan of a backfill: what the source lists beside what is here, and what it would cost to fetch the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from finews.flows.backfill_list import list_chunks
from finews.flows.backfill_run import backfill_run, state_of
from finews.flows.backfill_wish import Wish, tiled, tiled_days
from finews.flows.operator import operator
from finews.flows.pipeline import Pipeline
from finews.flows.reins import Reins
from finews.schema.backfill_plan import PlanDay, earliest_day, keep_plan, plan_days
from finews.schema.backfills import (
    Backfill,
    BackfillState,
    backfill_of,
    open_backfill,
    progress_of,
    unfinished_like,
)
from finews.schema.chunks import Span, Unread, chunks_listed, list_articles, unread_of
from finews.schema.coverage import incomplete_days
from finews.schema.database import Database
from finews.schema.errors import RequestError
from finews.schema.infocode import day_of
from finews.schema.records import CHINA
from finews.schema.settings import Settings
from finews.schema.sign_of_life import free_leases_of_the_dead

_CODES_A_CHUNK: Final = 1000
_CODES_AT_ONCE: Final = 5 * _CODES_A_CHUNK
"""Codes of a list that are in memory as rows at a time, here and in the database."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a backfill will do. `requests` is one an article to be fetched; `seconds` None where no rate is set.

    `unread` are (since, until, reason) of what the source lists and could not be read.
    """

    backfill: Backfill
    days: Sequence[PlanDay]
    requests: int
    seconds: float | None
    list_requests: int
    unread: Sequence[Unread]
    run: int

    def total(self, field: str) -> int:
        """The sum of a field of the days."""
        return sum(getattr(day, field) for day in self.days)


def open_wish(database: Database, wish: Wish, *, afresh: bool = False) -> Backfill:
    """The backfill of a wish: one that was begun and goes on where it stopped, or, also where `afresh`, a new one.

    Raises RequestError where there is nothing that it could mean.
    """
    with database.transaction() as connection:
        free_leases_of_the_dead(connection)
        if not afresh and (begun := unfinished_like(connection, wish.as_json())):
            return begun
        codes = wish.codes
        spans: list[Span] = [(None, None)] * -(-len(codes) // _CODES_A_CHUNK) if codes is not None else []
        if codes is None:
            spans = _spans(connection, wish)
        number = open_backfill(
            connection,
            wish.as_json(),
            spans,
            media=wish.media,
            feed=wish.feed,
            force=wish.force,
            by=operator(),
        )
        if codes is not None:
            for start in range(0, len(codes), _CODES_AT_ONCE):
                some = enumerate(codes[start : start + _CODES_AT_ONCE], start)
                listed = [(code, place // _CODES_A_CHUNK + 1, day_of(code), "") for place, code in some]
                list_articles(connection, number, listed, media="")
            chunks_listed(connection, number, range(1, len(spans) + 1), unread={})
        return backfill_of(connection, number)


def _spans(connection: Any, wish: Wish) -> list[Span]:
    assert wish.last is not None, "a wish without a list has a last day"
    if not wish.gaps:
        return tiled(wish.first, wish.last)
    first = wish.first or earliest_day(connection)
    if first is None:
        raise RequestError("no day is known yet, so that nobody can say where gaps are", advice="Name --from")
    return tiled_days(incomplete_days(connection, first, wish.last, now=datetime.now(CHINA)))


def plan_backfill(pipeline: Pipeline, backfill: Backfill, reins: Reins | None = None) -> Plan:
    """Reads what the source lists, fetches no article, and says what is here of it and what would be asked for."""
    reins = reins or Reins()
    reins.watch(lambda: state_of(pipeline, backfill.id) is not BackfillState.CANCELLED)
    with backfill_run(pipeline, backfill, reason="plan") as run:
        pipeline.step("read the list", lambda: list_chunks(pipeline, run, backfill, reins.pulled))
        days, wanted, unread = pipeline.lasting(lambda: _compared(pipeline, backfill))
    return Plan(
        backfill=backfill,
        days=days,
        requests=wanted,
        seconds=seconds_for(pipeline.settings, pipeline.rate, wanted),
        list_requests=pipeline.requests,
        unread=unread,
        run=run.number,
    )


def plan_known(pipeline: Pipeline, number: int, reins: Reins | None = None) -> Plan:
    """`plan_backfill` of one that was asked for before; raises UnknownNameError, and RequestError where it was begun
    or somebody is at it.
    """
    with pipeline.database.transaction() as connection:
        free_leases_of_the_dead(connection)
        backfill, progress = backfill_of(connection, number), progress_of(connection, number)
    if backfill.state is not BackfillState.PLANNED:
        raise RequestError(
            f"backfill {number} is {backfill.state} and cannot be planned",
            advice=f"`finews backfills show {number}` tells how far it has come",
        )
    if progress.working:
        raise RequestError(f"run {progress.working[0]} is planning backfill {number} already")
    return plan_backfill(pipeline, backfill, reins)


def _compared(pipeline: Pipeline, backfill: Backfill) -> tuple[list[PlanDay], int, list[Unread]]:
    """The list beside what is here: its days, how many articles will be asked for, what was not read of it."""
    with pipeline.database.transaction() as connection:
        days = _calendar(plan_days(connection, backfill.id), backfill.wish)
        wanted = _wanted(backfill, days)
        if not progress_of(connection, backfill.id).unlisted:
            keep_plan(connection, backfill.id, days, wanted)
        return days, wanted, unread_of(connection, backfill.id)


def seconds_for(settings: Settings, rate: float | None, requests: int) -> float | None:
    """How long a backfill takes for so many requests, where a mirror has this rate; None where there is no limit."""
    return None if rate is None else requests / (rate * settings.backfill_share)


def _wanted(backfill: Backfill, days: Sequence[PlanDay]) -> int:
    """How many articles will be asked for."""
    wanted = sum(day.listed - day.forgotten if backfill.force else day.missing for day in days)
    if backfill.wish.get("list") and not backfill.force:
        # What was named one by one is asked for, also where it waits in quarantine.
        wanted += sum(day.quarantined for day in days)
    return wanted


def _calendar(found: Sequence[PlanDay], wish: Mapping[str, Any]) -> list[PlanDay]:
    """The days of a range, also those whose list is empty; of anything else, the days that hold something."""
    if wish["gaps"] or wish["list"] or not wish["from"]:
        return list(found)
    days = {each.day: each for each in found}
    day, last = date.fromisoformat(wish["from"]), date.fromisoformat(wish["to"])
    while day <= last:
        days.setdefault(day, PlanDay.empty(day))
        day += timedelta(days=1)
    return [days[day] for day in sorted(days)]


def in_words_unread(unread: Unread) -> str:
    """`the source's list from 2026-01-03 00:00 to 2026-01-03 11:20 was not read (http_500)`, in China time."""
    since, until, reason = unread
    begin = f" from {since.astimezone(CHINA):%Y-%m-%d %H:%M:%S}" if since else ""
    end = f" to {until.astimezone(CHINA):%Y-%m-%d %H:%M:%S}" if until else ""
    return f"the source's list{begin}{end} was not read ({reason})"


def unread_as_json(unread: Unread) -> dict[str, Any]:
    """`{from, to, reason}`."""
    since, until, reason = unread
    return {
        "from": since.astimezone(CHINA).isoformat() if since else None,
        "to": until.astimezone(CHINA).isoformat() if until else None,
        "reason": reason,
    }
