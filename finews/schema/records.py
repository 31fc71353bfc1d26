"""A frozen record for each stop on an article's way: listing → link → payload → article → post → event.

Times are aware everywhere; a naive one is refused where a record is made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime, time, timedelta, timezone
from enum import StrEnum
from typing import Any

CHINA = timezone(timedelta(hours=8), "CST")
"""China Standard Time. The source gives no offset, and there is no daylight saving."""


def midnight(day: date) -> datetime:
    """The moment at which a day begins in China."""
    return datetime.combine(day, time(), CHINA)


ROLLING = "rolling"
HEADLINES = "headlines"
FEEDS = (ROLLING, HEADLINES, "37", "38", "39")
"""The five feeds by name: rolling news, headlines, and three markets (37, 38, 39)."""


class Outcome(StrEnum):
    """How an article ended in a run; exactly one each."""

    NEW = "new"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    QUARANTINED = "quarantined"
    GONE = "gone"
    BLOCKED = "blocked"
    FAILED = "failed"


TROUBLE = frozenset({Outcome.QUARANTINED, Outcome.GONE, Outcome.BLOCKED, Outcome.FAILED})
"""Outcomes that make a command exit with 1."""


class LinkState(StrEnum):
    """Where a link stands in the frontier. A leased link keeps its state; the lease is beside it."""

    PENDING = "pending"
    FETCHED = "fetched"
    DONE = "done"
    QUARANTINED = "quarantined"
    GONE = "gone"
    BLOCKED = "blocked"
    FAILED = "failed"
    FORGOTTEN = "forgotten"


class Record:
    """Base of the frozen records: refuses naive times."""

    def __post_init__(self) -> None:
        for name in _times_of(type(self)):
            value = getattr(self, name)
            if isinstance(value, datetime) and value.tzinfo is None:
                raise ValueError(f"{type(self).__name__}.{name} is a naive time: {value}")


_TIMES: dict[type[Record], tuple[str, ...]] = {}


def _times_of(record: type[Record]) -> tuple[str, ...]:
    """Names of the fields that may hold a time. Records are made by the million: this is looked up once a class."""
    if record not in _TIMES:
        found = fields(record)  # type: ignore[arg-type]
        _TIMES[record] = tuple(each.name for each in found if "datetime" in str(each.type))
    return _TIMES[record]


@dataclass(frozen=True, kw_only=True)
class Listing(Record):
    """One line of a feed: the source says that this article exists."""

    info_code: str
    feed: str
    position: int
    title: str = ""
    moment: datetime | None = None
    media: str = ""
    digest: str = ""
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class LeasedLink(Record):
    """A link that this process alone may fetch until the lease ends; `token` fences late results."""

    info_code: str
    token: int
    attempts: int
    state: LinkState


@dataclass(frozen=True, kw_only=True)
class Attempt(Record):
    """One request to one mirror: what it was asked for, and how its answer was judged."""

    mirror: str
    part: str
    reason: str
    status: int | None = None


@dataclass(frozen=True, kw_only=True)
class Payload(Record):
    """What a mirror answered, as bytes, before anything looked inside. `part` is `text` or `page`.

    A `post` is a file of a site that was there before: `url` is its path in that site, and there is no status.
    """

    info_code: str
    part: str
    url: str
    status: int
    content_type: str
    fetched_at: datetime
    body: bytes
    id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Fetch(Record):
    """The end of one link's fetching: a payload fit to be read (outcome None), or an outcome and its reason.

    `retry_after` is how long the source asked us to wait; None where it said nothing. With `outage` every mirror
    was out of reach at once, and the link is not to blame.
    """

    info_code: str
    outcome: Outcome | None
    reason: str
    payload: Payload | None
    attempts: tuple[Attempt, ...] = ()
    retry_after: timedelta | None = None
    outage: bool = False


ROBOTS_KEPT_FOR = timedelta(hours=24)
"""A robots.txt read longer ago is read again (RFC 9309, section 2.4)."""


@dataclass(frozen=True, kw_only=True)
class RobotsFile(Record):
    """A robots.txt answer: HTTP status (200, or one that says that there is none), text and time."""

    status: int
    body: str
    fetched_at: datetime


@dataclass(frozen=True, kw_only=True)
class Security(Record):
    """A security named in a body: `1`, `600160`, `巨化股份`."""

    market: str
    code: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Identity(Record):
    """What the first publication fixed for good."""

    rolling: bool
    path: str
    category: str
    media: str
    digest: str
    link: str


@dataclass(frozen=True, kw_only=True)
class Article(Record):
    """An article fit to publish. `media` is empty for rolling news; `link` is the post's own link line."""

    info_code: str
    rolling: bool
    title: str
    moment: datetime
    media: str
    digest: str
    link: str
    body: str
    payload_id: int
    securities: tuple[Security, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Rejection(Record):
    """A payload that could not become an article, with the stage and the reason, and what it says of itself."""

    info_code: str
    stage: str
    reason: str
    payload_id: int
    title: str = ""
    media: str = ""


@dataclass(frozen=True, kw_only=True)
class PostRow(Record):
    """A row of `articles` with all that its post is rendered from.

    `published_file` is the sign of the file that was written last. `imported` is the post itself, to the byte,
    while the row holds the text that was imported with it.
    """

    info_code: str
    rolling: bool
    path: str
    category: str
    media: str
    title: str
    moment: datetime
    body: str
    digest: str
    link: str
    revision: int
    published_revision: int | None
    published_hash: bytes | None
    published_file: str | None = None
    imported: bytes | None = None


@dataclass(frozen=True, kw_only=True)
class Event(Record):
    """One line of the ledger about one article in one run."""

    info_code: str
    stage: str
    outcome: Outcome | None
    reason: str
    at: datetime | None = None
    run: int | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Result(Record):
    """What a command says about one article; `post` is relative to the site, None where there is none.

    With `outage` every mirror was out of reach at once.
    """

    info_code: str
    outcome: Outcome
    reason: str
    post: str | None
    outage: bool = False


@dataclass(frozen=True, kw_only=True)
class QuarantineItem(Record):
    """A payload kept back: what could not be made of it, where and why; its title, media and day where known."""

    info_code: str
    stage: str
    reason: str
    at: datetime
    payload_id: int
    normaliser: int
    discarded_at: datetime | None = None
    discarded_by: str | None = None
    discarded_why: str | None = None
    media: str = ""
    day: date | None = None
    title: str = ""
