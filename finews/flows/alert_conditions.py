"""What counts as amiss: the state at one moment in, conditions out. Nothing here asks anybody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from finews.schema.alert_records import Condition
from finews.schema.feed_records import FeedState
from finews.schema.mirrors import MirrorState
from finews.schema.records import Record
from finews.schema.settings import Settings

FEED_SILENT = "feed silent"
FEED_FAILING = "feed failing"
MIRROR_OPEN = "mirror open-circuit"
QUARANTINE_RISING = "quarantine rising"
BACKLOG_OLD = "backlog old"
DISK_LOW = "disk low"
POLL_LATE = "poll late"
DATABASE_AWAY = "database away"
KINDS = (
    DATABASE_AWAY,
    POLL_LATE,
    FEED_FAILING,
    FEED_SILENT,
    MIRROR_OPEN,
    BACKLOG_OLD,
    QUARANTINE_RISING,
    DISK_LOW,
)
"""Every kind, in the order in which a message names them: what is likely a cause before its effects."""

LATELY = timedelta(hours=1)
"""The span in which articles that entered quarantine are counted."""
_GIB = 2**30


@dataclass(frozen=True, kw_only=True)
class Room(Record):
    """Free bytes on the disk that a folder lies on."""

    folder: Path
    free: int


@dataclass(frozen=True, kw_only=True)
class Snapshot(Record):
    """The state at one moment, by the database's clock.

    `oldest_due` is when the link that waits longest was due. `quarantined` counts the articles of the last hour.
    `polling_since` is when the poll that is under way began.
    """

    now: datetime
    feeds: tuple[FeedState, ...] = ()
    mirrors: tuple[MirrorState, ...] = ()
    oldest_due: datetime | None = None
    quarantined: int = 0
    polling_since: datetime | None = None
    rooms: tuple[Room, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Thresholds(Record):
    """From where on something is amiss; `poll_every` is the time between two polls, `disk` is in bytes."""

    failures: int
    quarantine: int
    backlog: timedelta
    poll_every: timedelta
    poll_late: timedelta
    disk: int

    @classmethod
    def of(cls, settings: Settings) -> Thresholds:
        """Those that the operator has set."""
        return cls(
            failures=settings.alerts_failures,
            quarantine=settings.alerts_quarantine,
            backlog=timedelta(minutes=settings.alerts_backlog),
            poll_every=timedelta(seconds=settings.poll_seconds),
            poll_late=timedelta(minutes=settings.alerts_poll_late),
            disk=int(settings.alerts_disk * _GIB),
        )


def conditions(state: Snapshot, limits: Thresholds) -> list[Condition]:
    """All that is amiss."""
    return [
        *_poll_late(state, limits),
        *_feeds(state, limits),
        *_mirrors(state),
        *_backlog(state, limits),
        *_quarantine(state, limits),
        *_disks(state, limits),
    ]


def _poll_late(state: Snapshot, limits: Thresholds) -> Iterator[Condition]:
    # Where nobody has ever polled, nobody waits for a poll.
    # A feed that is paused waits for none either; where all are, nobody does.
    waited = [each.next_poll for each in state.feeds if not each.paused]
    due = max((each for each in waited if each), default=None)
    if due and state.now - due > limits.poll_late:
        under_way = (
            f"the poll that began at {_clock(state.polling_since)} has not come to its end"
            if state.polling_since
            else "none is under way"
        )
        yield Condition(kind=POLL_LATE, subject="", what=f"no poll since it was due; {under_way}", since=due)


def _feeds(state: Snapshot, limits: Thresholds) -> Iterator[Condition]:
    # The first mirror serves the feeds: while it is paused, none is read, and nothing is wrong with them.
    served = not (state.mirrors and state.mirrors[0].paused)
    for feed in state.feeds:
        if feed.paused or not served:
            continue
        if feed.failures >= limits.failures:
            what = f"feed {feed.name} failed {feed.failures} times in a row ({feed.last_error})"
            yield Condition(kind=FEED_FAILING, subject=feed.name, what=what, since=feed.last_success)
        elif _unheard(feed, limits):
            # When every mirror is away nothing is charged to the feed; it is not read for all that.
            what = f"feed {feed.name} cannot be read: no mirror of the source is within reach"
            yield Condition(kind=FEED_FAILING, subject=feed.name, what=what, since=feed.last_success)
        if "silent" in feed.flags:
            what = f"feed {feed.name} answers, and has listed nothing new for far longer than ever"
            yield Condition(kind=FEED_SILENT, subject=feed.name, what=what)


def _unheard(feed: FeedState, limits: Thresholds) -> bool:
    """Whether a feed has been asked for so many intervals, and not been read, without a failure of its own."""
    if feed.last_success is None or feed.next_poll is None or feed.failures:
        return False
    asked = feed.next_poll - limits.poll_every
    return asked - feed.last_success >= limits.failures * limits.poll_every


def _mirrors(state: Snapshot) -> Iterator[Condition]:
    for mirror in state.mirrors:
        if mirror.opened and not mirror.paused:
            what = f"mirror {mirror.base} is not asked any more ({mirror.last_error})"
            yield Condition(kind=MIRROR_OPEN, subject=mirror.base, what=what, since=mirror.opened_at)


def _backlog(state: Snapshot, limits: Thresholds) -> Iterator[Condition]:
    due = state.oldest_due
    if due and state.now - due > limits.backlog:
        waits = _span(state.now - due)
        yield Condition(
            kind=BACKLOG_OLD, subject="", what=f"an article has waited {waits} to be fetched", since=due
        )


def _quarantine(state: Snapshot, limits: Thresholds) -> Iterator[Condition]:
    if state.quarantined >= limits.quarantine:
        what = f"{state.quarantined} articles went into quarantine within an hour"
        yield Condition(kind=QUARANTINE_RISING, subject="", what=what)


def _disks(state: Snapshot, limits: Thresholds) -> Iterator[Condition]:
    for room in state.rooms:
        if room.free < limits.disk:
            what = f"{room.free / _GIB:.1f} GiB are free where {room.folder} lies"
            yield Condition(kind=DISK_LOW, subject=str(room.folder), what=what)


def _clock(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"


def _span(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"
