"""How the reading of one feed ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from finews.schema.records import Listing, Record


@dataclass(frozen=True, kw_only=True)
class FeedAnswer(Record):
    """What a feed lists, newest first as it said; `error` is a machine word where it could not be read."""

    name: str
    listings: tuple[Listing, ...]
    error: str | None
    fetched_at: datetime
