"""Messages about a search between parent and crawl process, as JSON values and bytes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from finews.schema.records import Listing

from .search_range import Range


@dataclass(frozen=True, kw_only=True)
class SearchEnd:
    """How a search ended. `requests` counts the pages asked for, at all mirrors.

    `uncovered` is what of the ranges may hold more articles than were found, newest first, and `reason` the
    machine word for why: `http_500`, `timeout`, `robots`, `gap`, `no_records`, `no_progress`, …; `total` is how
    many articles the source says that it has in all, where it says so.
    """

    requests: int
    reason: str
    uncovered: tuple[Range, ...]
    total: int | None

    @property
    def complete(self) -> bool:
        """Whether all of the ranges is covered."""
        return not self.uncovered


def ranges_to_json(ranges: Iterable[Range]) -> list[list[str | None]]:
    """Pairs of ISO 8601 times, None for a missing border."""
    return [[each.isoformat() if each else None for each in (one.since, one.until)] for one in ranges]


def ranges_from_json(pairs: Iterable[Sequence[str | None]]) -> tuple[Range, ...]:
    """The reverse of `ranges_to_json`."""
    return tuple(Range(since=_moment(since), until=_moment(until)) for since, until in pairs)


def listings_to_bytes(listings: Iterable[Listing]) -> bytes:
    """Listings as JSON; bytes, so that a reader who is slow makes the writer wait."""
    fields = [
        {**asdict(each), "moment": each.moment.isoformat() if each.moment else None} for each in listings
    ]
    return json.dumps(fields).encode("ascii")


def listings_from_bytes(body: bytes) -> list[Listing]:
    """The reverse of `listings_to_bytes`."""
    return [Listing(**{**each, "moment": _moment(each["moment"])}) for each in json.loads(body)]


def end_to_json(end: SearchEnd) -> dict[str, Any]:
    """A SearchEnd as JSON values."""
    return {**asdict(end), "uncovered": ranges_to_json(end.uncovered)}


def end_from_json(fields: Mapping[str, Any]) -> SearchEnd:
    """The reverse of `end_to_json`."""
    return SearchEnd(**{**fields, "uncovered": ranges_from_json(fields["uncovered"])})


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
