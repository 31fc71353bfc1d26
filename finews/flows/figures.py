"""Figures: what the pipeline is at and how well, as named numbers for `/metrics` and `finews metrics`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from finews.flows.alert_conditions import KINDS
from finews.flows.alerts import rooms
from finews.schema.alerts import waiting, watch_of
from finews.schema.database import Database
from finews.schema.due import count_due, oldest_due
from finews.schema.feeds import feed_states
from finews.schema.figures import (
    backfills_under_way,
    ended_runs_since,
    freshness,
    listed_since,
    only_read,
    outcomes_since,
    quarantine_by_reason,
    roughly_articles,
    runs_under_way,
    unpublished_articles,
    waiting_links,
)
from finews.schema.frontier import clock
from finews.schema.mirrors import mirror_states
from finews.schema.records import Record
from finews.schema.settings import Settings

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
_FLAGS = ("silent", "thin")

Sample = tuple[Mapping[str, str], float]


@dataclass(frozen=True, kw_only=True)
class Figure(Record):
    """A named number, or one for each set of labels. All of them go up and down: none is a counter."""

    name: str
    meaning: str
    samples: tuple[Sample, ...]

    def as_json(self) -> dict[str, Any]:
        """`{name, meaning, samples: [{labels, value}]}`."""
        samples = [{"labels": dict(labels), "value": value} for labels, value in self.samples]
        return {"name": self.name, "meaning": self.meaning, "samples": samples}


def figures(database: Database, settings: Settings) -> list[Figure]:
    """All figures now. Nothing is written, and no table is read that grows with the years."""
    with database.transaction() as connection:
        only_read(connection)
        now = clock(connection)
        return [
            *_freshness(connection),
            *_articles(connection, now),
            *_queue(connection, now),
            *_feeds(connection, now),
            *_mirrors(connection, settings, now),
            *_runs(connection, now),
            *_backfills(connection),
            *_alerts(connection),
            _disks(settings),
        ]


def _freshness(connection: Any) -> Iterator[Figure]:
    found = {"1h": freshness(connection, HOUR), "1d": freshness(connection, DAY)}
    yield _each(
        "finews_freshness_seconds",
        "From an article's moment at the source to its first post on disk, of what polls brought within the window",
        [
            ({"window": window, "quantile": quantile}, value)
            for window, each in found.items()
            for quantile, value in (("0.5", each.p50), ("0.95", each.p95))
            if value is not None
        ],
    )
    yield _each(
        "finews_freshness_articles",
        "Articles whose freshness was measured within the window",
        [({"window": window}, each.articles) for window, each in found.items()],
    )


def _articles(connection: Any, now: datetime) -> Iterator[Figure]:
    yield _one("finews_articles", "Articles with a row; of many, an estimate", roughly_articles(connection))
    yield _one(
        "finews_articles_unpublished",
        "Articles whose newest text lies on no disk yet",
        unpublished_articles(connection),
    )
    yield _each(
        "finews_outcomes_last_hour",
        "Articles by the kind of run and their outcome, of the runs that ended within an hour",
        [({"kind": kind, "outcome": end}, n) for kind, end, n in outcomes_since(connection, now - HOUR)],
    )
    yield _each(
        "finews_quarantine_articles",
        "Articles in quarantine, by reason",
        [({"reason": reason}, number) for reason, number in quarantine_by_reason(connection)],
    )


def _queue(connection: Any, now: datetime) -> Iterator[Figure]:
    yield _each(
        "finews_links",
        "Links that are not at their end, by state",
        [({"state": state}, number) for state, number in waiting_links(connection).items()],
    )
    yield _one("finews_queue_due", "Links that are due to be fetched", count_due(connection))
    oldest = oldest_due(connection)
    age = (now - oldest).total_seconds() if oldest else 0.0
    yield _one("finews_queue_age_seconds", "How long the oldest of them has been due; 0: none is", age)


def _feeds(connection: Any, now: datetime) -> Iterator[Figure]:
    feeds = feed_states(connection)
    yield _each(
        "finews_feed_failures",
        "Failed readings of a feed in a row",
        [({"feed": each.name}, each.failures) for each in feeds],
    )
    yield _each(
        "finews_feed_success_age_seconds",
        "How long ago a feed was last read",
        [
            ({"feed": each.name}, (now - each.last_success).total_seconds())
            for each in feeds
            if each.last_success
        ],
    )
    yield _each(
        "finews_feed_flag",
        "1 where a feed is silent or thin by its own history",
        [({"feed": each.name, "flag": flag}, flag in each.flags) for each in feeds for flag in _FLAGS],
    )
    yield _each(
        "finews_feed_paused",
        "1 where an operator has paused a feed: no poll reads it",
        [({"feed": each.name}, each.paused is not None) for each in feeds],
    )
    waited = [each.next_poll for each in feeds if not each.paused]
    due = max((each for each in waited if each), default=None)
    late = max(timedelta(), now - due) if due else timedelta()
    yield _one(
        "finews_poll_late_seconds", "How long the next poll has been due; 0: it is not", late.total_seconds()
    )
    yield _each(
        "finews_feed_articles_last_hour",
        "Articles that a feed listed for the first time within an hour, by the state that their links are in",
        [({"feed": feed, "state": state}, n) for feed, state, n in listed_since(connection, now - HOUR)],
    )


def _mirrors(connection: Any, settings: Settings, now: datetime) -> Iterator[Figure]:
    mirrors = mirror_states(connection, settings.sources)
    yield _each(
        "finews_mirror_open",
        "1 where a mirror's circuit is open: it is not asked",
        [({"mirror": each.base}, each.opened > 0) for each in mirrors],
    )
    yield _each(
        "finews_mirror_paused",
        "1 where an operator has paused a mirror: it is not asked",
        [({"mirror": each.base}, each.paused is not None) for each in mirrors],
    )
    yield _each(
        "finews_mirror_open_seconds",
        "How long a mirror's circuit has been open; 0: it is closed",
        [
            ({"mirror": each.base}, (now - each.opened_at).total_seconds() if each.opened_at else 0.0)
            for each in mirrors
        ],
    )


def _runs(connection: Any, now: datetime) -> Iterator[Figure]:
    ended = ended_runs_since(connection, now - DAY)
    yield _each(
        "finews_runs_last_day",
        "Runs that ended within a day, by kind and state",
        [({"kind": kind, "state": state}, number) for kind, state, number, _, _ in ended],
    )
    yield _each(
        "finews_run_seconds",
        "How long the runs took that came to their end within a day: the median (0.5) and the longest (1)",
        [
            ({"kind": kind, "quantile": quantile}, seconds)
            for kind, state, _, median, longest in ended
            if state == "ended"
            for quantile, seconds in (("0.5", median), ("1", longest))
        ],
    )
    under_way = runs_under_way(connection)
    yield _each(
        "finews_runs_under_way",
        "Runs that have not come to their end",
        [({"kind": kind}, number) for kind, number, _ in under_way],
    )
    yield _each(
        "finews_run_age_seconds",
        "How long the oldest run of a kind has been under way",
        [({"kind": kind}, age) for kind, _, age in under_way],
    )


def _backfills(connection: Any) -> Iterator[Figure]:
    found = [
        ({"backfill": str(number), "state": state}, left, unlisted)
        for number, state, left, unlisted in backfills_under_way(connection)
    ]
    yield _each(
        "finews_backfill_left",
        "Articles that a backfill under way has still to fetch, of those that it has listed",
        [(labels, left) for labels, left, _ in found],
    )
    yield _each(
        "finews_backfill_unlisted",
        "Parts of a backfill under way whose list is still to be read",
        [(labels, unlisted) for labels, _, unlisted in found],
    )


def _alerts(connection: Any) -> Iterator[Figure]:
    firing = [each.kind for each in watch_of(connection).alerts if each.firing]
    kinds = dict.fromkeys((*KINDS, *firing))
    yield _each(
        "finews_alerts_firing",
        "Alerts that fire, by kind",
        [({"kind": kind}, firing.count(kind)) for kind in kinds],
    )
    yield _one(
        "finews_alert_messages_waiting",
        "Messages that some target has not got yet",
        len(waiting(connection)),
    )


def _disks(settings: Settings) -> Figure:
    return _each(
        "finews_disk_free_bytes",
        "Free bytes where data and site lie, one figure a disk",
        [({"folder": str(room.folder)}, room.free) for room in rooms(settings)],
    )


def _one(name: str, meaning: str, value: float) -> Figure:
    return _each(name, meaning, [({}, value)])


def _each(name: str, meaning: str, samples: Iterable[Sample]) -> Figure:
    return Figure(
        name=name, meaning=meaning, samples=tuple((labels, float(value)) for labels, value in samples)
    )
