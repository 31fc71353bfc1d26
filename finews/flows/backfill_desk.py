"""Backfills from a desk: asked for, planned and begun without waiting, and all that a page tells of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from finews.flows.backfill_plan import open_wish, seconds_for
from finews.flows.backfill_wish import Wish, wish_of
from finews.flows.backfills import Standing, standing_of
from finews.flows.background import Begun, begin
from finews.flows.crawl_rules import crawl_rules, rate_now
from finews.flows.ingest import read_links
from finews.flows.operator import operator
from finews.flows.poll import known_feeds
from finews.schema.backfill_pages import (
    BackfillArticle,
    BackfillChunk,
    BackfillRun,
    articles_of_backfill,
    chunks_of_backfill,
    count_chunks,
    numbers_before,
    runs_of_backfill,
)
from finews.schema.backfill_plan import PlanDay, kept_plan
from finews.schema.backfills import OVER, Backfill, BackfillState, backfill_of, unfinished_like
from finews.schema.database import Database
from finews.schema.errors import RequestError
from finews.schema.records import Outcome
from finews.schema.settings import Settings

_RUNS_TOLD: Final = 20


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A plan that stands, as it was made `at`: articles to ask for, what that takes at the rate that is set now."""

    at: datetime
    requests: int
    seconds: float | None
    list_requests: int
    days: Sequence[PlanDay]

    def total(self, field: str) -> int:
        """The sum of a field of the days."""
        return sum(getattr(day, field) for day in self.days)


@dataclass(frozen=True, kw_only=True)
class Told:
    """All of a backfill. `chunks` counts them by state; `begun_before` is one of the same wish that can be resumed."""

    standing: Standing
    plan: Planned | None
    chunks: Mapping[str, int]
    runs: Sequence[BackfillRun]
    begun_before: Backfill | None

    @property
    def state(self) -> BackfillState:
        """Where it stands by its row."""
        return self.standing.backfill.state

    @property
    def planning(self) -> bool:
        """Whether somebody is making its plan; once it stands, whoever made it is no hindrance."""
        return (
            self.state is BackfillState.PLANNED and self.plan is None and bool(self.standing.progress.working)
        )

    @property
    def can_be_planned(self) -> bool:
        """Whether its plan is not made, and nobody is at it."""
        return self.state is BackfillState.PLANNED and self.plan is None and not self.planning

    @property
    def can_start(self) -> bool:
        """Whether it may be begun or resumed: it is not over, and nobody is at it."""
        idle = not self.standing.progress.working or self.state is BackfillState.PLANNED
        return self.state not in OVER and idle and not self.planning

    @property
    def can_pause(self) -> bool:
        """Whether somebody is at it who can be told to stop."""
        return self.state is BackfillState.RUNNING and bool(self.standing.progress.working)

    @property
    def can_be_cancelled(self) -> bool:
        """Whether it is not over."""
        return self.state not in OVER


def read_wish(
    settings: Settings,
    *,
    first: str = "",
    last: str = "",
    media: str = "",
    feed: str = "",
    links: str = "",
    gaps: bool = False,
    force: bool = False,
) -> Wish:
    """The wish that somebody typed, read as `finews backfill` reads it; `links` has one a line.

    Raises RequestError, UnknownNameError, InvalidLinksError: nothing is meant, or it cannot be.
    """
    lines = [(f"line {number}", text) for number, text in enumerate(links.splitlines(), 1)]
    codes = read_links(lines, settings)
    if links.strip() and not codes:
        raise RequestError("the list of links names no article", advice="Write one link a line")
    if not codes and not any(each.strip() for each in (first, last, feed)) and not gaps:
        raise RequestError(
            "no range is named", advice="Name a first day, a last day, a feed or links, or ask for gaps"
        )
    return wish_of(
        since=first.strip() or None,
        until=last.strip() or None,
        gaps=gaps,
        media=media,
        feed=known_feeds([feed])[0] if feed else None,
        force=force,
        codes=codes or None,
    )


def ask_for(database: Database, settings: Settings, wish: Wish) -> Backfill:
    """Keeps a wish as a planned backfill, and has its plan made; returns at once, or when that has begun.

    Raises RequestError where there is nothing that it could mean, BackgroundError.
    """
    backfill = open_wish(database, wish, afresh=True)
    plan(database, settings, backfill.id)
    return backfill


def plan(database: Database, settings: Settings, number: int) -> Begun:
    """Has the plan of a backfill made. Raises UnknownNameError, and RequestError where it was begun, or is planned."""
    found = told_of(database, settings, number)
    if not found.can_be_planned:
        raise RequestError(
            f"backfill {number} is {'being planned' if found.planning else found.standing.word} already",
            advice="Nothing was done",
        )
    return begin(database, settings, ["backfills", "plan", str(number)], who=operator())


def start(database: Database, settings: Settings, number: int) -> Begun:
    """Has a backfill begun, or resumed. Raises UnknownNameError, and RequestError where it is over or at work."""
    found = told_of(database, settings, number)
    if not found.can_start:
        runs = ", ".join(map(str, found.standing.progress.working))
        words = f"run {runs} is at it already" if runs else f"it is over ({found.standing.word})"
        raise RequestError(f"backfill {number} cannot be started: {words}", advice="Nothing was done")
    return begin(database, settings, ["backfills", "run", str(number)], who=operator())


def told_of(database: Database, settings: Settings, number: int) -> Told:
    """All of a backfill; raises UnknownNameError."""
    standing = standing_of(database, number)
    with database.transaction() as connection:
        kept = kept_plan(connection, number)
        like = unfinished_like(connection, standing.backfill.wish)
        rate = rate_now(crawl_rules(connection, settings, part=1.0))
        chunks, runs = (
            count_chunks(connection, number),
            runs_of_backfill(connection, number, _RUNS_TOLD),
        )
    return Told(
        standing=standing,
        plan=Planned(
            at=kept.at,
            requests=kept.requests,
            seconds=seconds_for(settings, rate, kept.requests),
            list_requests=kept.list_requests,
            days=kept.days,
        )
        if kept
        else None,
        chunks=chunks,
        runs=runs,
        begun_before=like
        if like and like.id != number and standing.backfill.state is BackfillState.PLANNED
        else None,
    )


def standings_before(database: Database, before: int | None, limit: int) -> list[Standing]:
    """Where the newest backfills stand that are older than that of `before`, the newest first."""
    with database.transaction() as connection:
        numbers = numbers_before(connection, before, limit)
    return [standing_of(database, number) for number in numbers]


def articles_in(
    database: Database, number: int, outcome: Outcome | None, *, after: str = "", limit: int
) -> list[BackfillArticle]:
    """The articles of a backfill that ended so (None: those that are left), by code; raises UnknownNameError."""
    with database.transaction() as connection:
        backfill_of(connection, number)
        return articles_of_backfill(connection, number, outcome, after=after, limit=limit)


def chunks_in(database: Database, number: int, *, after: int = 0, limit: int) -> list[BackfillChunk]:
    """The chunks of a backfill, in their order; raises UnknownNameError."""
    with database.transaction() as connection:
        backfill_of(connection, number)
        return chunks_of_backfill(connection, number, after=after, limit=limit)
