"""Frozen records of feeds: what one gave to be asked again, how a reading went, how it has been doing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from finews.schema.feed_history import FeedHistory
from finews.schema.pauses import Pause
from finews.schema.records import Record


@dataclass(frozen=True, kw_only=True)
class Validators(Record):
    """What a feed's answer came with, to ask at the same address whether it has changed."""

    url: str
    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, kw_only=True)
class FeedReading(Record):
    """How one reading of a feed went.

    `codes` is what it listed, in its order; None where it said that nothing has changed. `error` is a machine word;
    with `outage` every mirror was out of reach, and the feed is not to blame.
    """

    name: str
    codes: tuple[str, ...] | None
    discovered: int
    error: str | None = None
    validators: Validators | None = None
    outage: bool = False


@dataclass(frozen=True, kw_only=True)
class FeedState(Record):
    """How a feed has been doing. `flags`: `silent`, nothing new for far longer than ever; `thin`, half of the usual.

    `listed` and `discovered` are those of the last good reading. One that is `paused` is read by no poll, and has no
    flags.
    """

    name: str
    last_success: datetime | None
    last_error: str | None
    failures: int
    next_poll: datetime | None
    listed: int
    discovered: int
    flags: tuple[str, ...] = ()
    last_error_at: datetime | None = None
    paused: Pause | None = None
    history: FeedHistory = field(default_factory=FeedHistory)
