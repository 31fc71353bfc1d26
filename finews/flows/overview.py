"""The overview: whether all is well, and the figures that say why, as of one moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from finews.flows.alert_conditions import Room, Thresholds, conditions
from finews.flows.alerts import snapshot
from finews.flows.coverage_calendar import Gaps, gaps
from finews.flows.feeds import every_feed
from finews.flows.pauses import long_pauses
from finews.schema.alert_records import Condition
from finews.schema.database import Database
from finews.schema.due import count_due
from finews.schema.feed_records import FeedState
from finews.schema.figures import (
    Freshness,
    backfills_under_way,
    freshness,
    only_read,
    outcomes_since,
    quarantine_by_reason,
    roughly_articles,
    unpublished_articles,
    waiting_links,
)
from finews.schema.last_day import HourOfFreshness, HourOfMedia, freshness_by_hour, media_by_hour
from finews.schema.mirrors import MirrorState
from finews.schema.records import Outcome, Record
from finews.schema.run_pages import LedgerRun, RunFilter, runs_page
from finews.schema.settings import Settings

HOURS: Final = 24
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_RUNS_TOLD: Final = 8
MOST_COUNTED: Final = 5_000
"""Links that are due and new, and as many that are tried again, are counted up to here."""


@dataclass(frozen=True, kw_only=True)
class BackfillStanding(Record):
    """A backfill that is under way: articles left of those listed, and parts whose list is still to be read."""

    number: int
    state: str
    left: int
    unlisted: int


@dataclass(frozen=True, kw_only=True)
class Queue(Record):
    """Links that wait: how many are due, since when the oldest is, and how many there are of each state.

    Of very many that are due not all are counted: `more` says that there may be more.
    """

    due: int
    oldest: datetime | None
    waiting: Mapping[str, int]

    @property
    def more(self) -> bool:
        """Whether there may be more than `due`."""
        return self.due >= MOST_COUNTED


@dataclass(frozen=True, kw_only=True)
class Overview(Record):
    """All of it as of `now`, by the database's clock; of very many articles the number is an estimate.

    `amiss` is what an alert would be raised for, if it lasts, `forgotten` pauses that last for more than a day.
    `polled` is false before the first poll. `outcomes` are those of the runs that ended within a day.
    """

    now: datetime
    amiss: Sequence[Condition]
    forgotten: Sequence[Condition]
    polled: bool
    articles: int
    unpublished: int
    lately: Freshness
    day: Freshness
    fresh_hours: Sequence[HourOfFreshness]
    media_hours: Sequence[HourOfMedia]
    outcomes: Mapping[str, int]
    feeds: Sequence[FeedState]
    mirrors: Sequence[MirrorState]
    queue: Queue
    gaps: Gaps
    quarantine: Sequence[tuple[str, int]]
    backfills: Sequence[BackfillStanding]
    runs: Sequence[LedgerRun]
    rooms: Sequence[Room]

    @property
    def well(self) -> bool:
        """Whether nothing is amiss."""
        return not self.amiss

    @property
    def first_hour(self) -> datetime:
        """When the first of the hours begins that charts show; the last is the one under way."""
        return hour_of(self.now) - (HOURS - 1) * _HOUR


def overview(database: Database, settings: Settings) -> Overview:
    """The overview now. Nothing is written, and no table is read that grows with the years."""
    not_complete = gaps(database)
    with database.transaction() as connection:
        only_read(connection)
        state = snapshot(connection, settings)
        amiss = conditions(state, Thresholds.of(settings))
        first_hour = hour_of(state.now) - (HOURS - 1) * _HOUR
        return Overview(
            now=state.now,
            amiss=amiss,
            forgotten=long_pauses(state.feeds, state.mirrors, now=state.now),
            polled=bool(state.feeds),
            articles=roughly_articles(connection),
            unpublished=unpublished_articles(connection),
            lately=freshness(connection, _HOUR),
            day=freshness(connection, _DAY),
            fresh_hours=freshness_by_hour(connection, first_hour, state.now),
            media_hours=media_by_hour(connection, first_hour, state.now),
            outcomes=_outcomes(connection, state.now - _DAY),
            feeds=every_feed(state.feeds),
            mirrors=state.mirrors,
            queue=Queue(
                due=count_due(connection, most=MOST_COUNTED),
                oldest=state.oldest_due,
                waiting=waiting_links(connection),
            ),
            gaps=not_complete,
            quarantine=sorted(quarantine_by_reason(connection), key=lambda each: (-each[1], each[0])),
            backfills=[
                BackfillStanding(number=number, state=word, left=left, unlisted=unlisted)
                for number, word, left, unlisted in backfills_under_way(connection)
            ],
            runs=runs_page(connection, RunFilter(), before=None, limit=_RUNS_TOLD),
            rooms=state.rooms,
        )


def _outcomes(connection: Any, since: datetime) -> dict[str, int]:
    found = dict.fromkeys((each.value for each in Outcome), 0)
    for _, outcome, number in outcomes_since(connection, since):
        found[outcome] = found.get(outcome, 0) + number
    return found


def hour_of(moment: datetime) -> datetime:
    """When the hour began that a moment lies in."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
