"""Where a post lies on disk: in `_posts`, or in `old_post` once its day has left the live window."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from finews.schema.records import CHINA
from finews.schema.settings import Settings

LIVE, ARCHIVE = "_posts", "old_post"


def today() -> date:
    """The day in China."""
    return datetime.now(CHINA).date()


def place(path: str, moment: datetime, settings: Settings, day: date) -> str:
    """The post's path relative to the site on `day`, of the `path` that its first publication fixed.

    The name is for good: only the folder changes, and only where `live_days` is set. The live window counts
    `day` as its first.
    """
    name = path.rpartition("/")[2]
    if settings.live_days and moment.astimezone(CHINA).date() <= day - timedelta(days=settings.live_days):
        return f"{ARCHIVE}/{name}"
    return f"{LIVE}/{name}"


def other_place(path: str) -> str:
    """Where the same post may have lain before: `_posts/x.md` ↔ `old_post/x.md`."""
    folder, _, name = path.partition("/")
    return f"{ARCHIVE if folder == LIVE else LIVE}/{name}"
