"""How the reading of one feed ended."""

from __future__ import annotations

from dataclasses import dataclass

from finews.schema.feed_records import Validators
from finews.schema.records import Listing, Record


@dataclass(frozen=True, kw_only=True)
class FeedAnswer(Record):
    """What a feed lists, newest first as it said; `error` is a machine word where it could not be read.

    With `unchanged` it said that it lists what it listed when it gave the validators. With `outage` every mirror
    was out of reach at once.
    """

    name: str
    listings: tuple[Listing, ...] = ()
    error: str | None = None
    unchanged: bool = False
    validators: Validators | None = None
    outage: bool = False
