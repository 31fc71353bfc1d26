"""Pausing and resuming: a feed or a mirror is left alone by every process until somebody takes it back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from finews.flows.feeds import feed_named
from finews.flows.mirror_names import mirror_named
from finews.flows.operator import operator
from finews.schema import feeds, mirrors
from finews.schema.alert_records import Condition
from finews.schema.database import Database
from finews.schema.errors import RequestError
from finews.schema.feed_records import FeedState
from finews.schema.mirrors import MirrorState
from finews.schema.pauses import Pause
from finews.schema.plain_text import clean_text
from finews.schema.records import CHINA
from finews.schema.settings import Settings

FEED_PAUSED_LONG: Final = "feed paused"
MIRROR_PAUSED_LONG: Final = "mirror paused"
LONG: Final = timedelta(days=1)
"""A pause that lasts longer may have been forgotten."""
_LONGEST_WHY: Final = 500


def pause_feed(database: Database, name: str, *, why: str) -> str:
    """Has no poll read a feed, scheduled or by hand; returns what it came to, in words. Raises UnknownNameError."""
    name, why = feed_named(name), _reason(why)
    with database.transaction() as connection:
        done = feeds.pause_feed(connection, name, who=operator(), why=why)
    return f"feed {name} is paused" if done else f"feed {name} was paused already"


def resume_feed(database: Database, name: str) -> str:
    """Has polls read a feed again; returns what it came to, in words. Raises UnknownNameError."""
    name = feed_named(name)
    with database.transaction() as connection:
        done = feeds.resume_feed(connection, name)
    return f"feed {name} is read again" if done else f"feed {name} was not paused"


def pause_mirror(database: Database, settings: Settings, name: str, *, why: str) -> str:
    """Has the next crawl of every process not ask a mirror; returns what it came to. Raises UnknownNameError."""
    base, why = mirror_named(settings, name), _reason(why)
    with database.transaction() as connection:
        if not mirrors.pause_mirror(connection, base, who=operator(), why=why):
            return f"mirror {base} was paused already"
    served = "; it serves the feeds, so none is read" if base == settings.sources[0] else ""
    return f"mirror {base} is paused{served}"


def resume_mirror(database: Database, settings: Settings, name: str) -> str:
    """Has crawls ask a mirror again; returns what it came to, in words. Raises UnknownNameError."""
    base = mirror_named(settings, name)
    with database.transaction() as connection:
        done = mirrors.resume_mirror(connection, base)
    return f"mirror {base} is asked again" if done else f"mirror {base} was not paused"


def paused_in_words(pause: Pause) -> str:
    """`paused by zhang since 2026-03-10 09:30 (maintenance)`, in China time."""
    why = f" ({pause.why})" if pause.why else ""
    return f"paused by {pause.by} since {pause.at.astimezone(CHINA):%Y-%m-%d %H:%M}{why}"


def long_pauses(
    feeds_seen: Iterable[FeedState], mirrors_seen: Iterable[MirrorState], *, now: datetime
) -> list[Condition]:
    """Pauses that may have been forgotten, as conditions of the overview: no alert is made of them."""

    def paused() -> Iterator[tuple[str, str, str, Pause]]:
        yield from ((FEED_PAUSED_LONG, "feed", each.name, each.paused) for each in feeds_seen if each.paused)
        yield from (
            (MIRROR_PAUSED_LONG, "mirror", each.base, each.paused) for each in mirrors_seen if each.paused
        )

    return [
        Condition(kind=kind, subject=name, what=f"{what} {name} is {paused_in_words(pause)}", since=pause.at)
        for kind, what, name, pause in paused()
        if now - pause.at >= LONG
    ]


def _reason(why: str) -> str:
    why = clean_text(why)
    if len(why) > _LONGEST_WHY:
        raise RequestError(f"a reason of {len(why)} characters", advice=f"It may have {_LONGEST_WHY}")
    return why
