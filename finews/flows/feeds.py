"""Feeds as an operator sees them: how each stands, and how it was read, hour by hour."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final

from finews.flows.poll import known_feeds
from finews.schema.database import Database
from finews.schema.feed_records import FeedState
from finews.schema.feeds import feed_states
from finews.schema.hourly_counts import FeedHour, feed_hours
from finews.schema.listed_now import ListedArticle, listed_now
from finews.schema.records import FEEDS, Record
from finews.schema.settings import Settings

_LINES_TOLD: Final = 30


class FeedStanding(StrEnum):
    """How a feed stands, in a word; `failed` is its last reading alone, or too few for an alert."""

    WELL = "well"
    PAUSED = "paused"
    FAILED = "failed"
    FAILING = "failing"
    SILENT = "silent"
    THIN = "thin"
    NEVER = "never"


def standing_of(feed: FeedState, settings: Settings) -> FeedStanding:
    """The word that an operator has to know first: paused before failing, failing before silent and thin."""
    if feed.paused:
        return FeedStanding.PAUSED
    if feed.failures:
        many = feed.failures >= settings.alerts_failures
        return FeedStanding.FAILING if many else FeedStanding.FAILED
    if feed.last_success is None:
        return FeedStanding.NEVER
    for standing in (FeedStanding.SILENT, FeedStanding.THIN):
        if standing in feed.flags:
            return standing
    return FeedStanding.WELL


def feed_named(name: str) -> str:
    """The feed of this name, also of another word for it; raises UnknownNameError."""
    return known_feeds([name])[0]


def all_feeds(connection: Any) -> list[FeedState]:
    """Every feed that there is, in the order in which they are read; also those that nobody has read yet."""
    return every_feed(feed_states(connection))


def every_feed(seen: Iterable[FeedState]) -> list[FeedState]:
    """The same of feeds whose states were read before."""
    known = {each.name: each for each in seen}
    return [known.get(name) or never_read(name) for name in FEEDS]


def never_read(name: str) -> FeedState:
    """The state of a feed that nobody has read yet."""
    return FeedState(
        name=name, last_success=None, last_error=None, failures=0, next_poll=None, listed=0, discovered=0
    )


def feeds_now(database: Database) -> list[FeedState]:
    """How all feeds are doing."""
    with database.transaction() as connection:
        return all_feeds(connection)


@dataclass(frozen=True, kw_only=True)
class FeedNow(Record):
    """How a feed is doing, its hours, the oldest first, and the first articles of what it listed last."""

    state: FeedState
    hours: Sequence[FeedHour]
    listed: Sequence[ListedArticle]


def feed_now(database: Database, name: str, span: timedelta) -> FeedNow:
    """A feed with its hours within `span` of now; raises UnknownNameError."""
    name = feed_named(name)
    with database.transaction() as connection:
        return FeedNow(
            state=next(each for each in all_feeds(connection) if each.name == name),
            hours=feed_hours(connection, name, span),
            listed=listed_now(connection, name, _LINES_TOLD),
        )
