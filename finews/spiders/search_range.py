"""Stretches of time that a search is to cover: half open, in any number, either end may be missing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from finews.schema.records import CHINA, Record, midnight

EARLIEST: Final = datetime.min.replace(tzinfo=CHINA)
LATEST: Final = datetime.max.replace(tzinfo=CHINA)
SECOND: Final = timedelta(seconds=1)
"""The grain of the source's moments."""


@dataclass(frozen=True, kw_only=True)
class Range(Record):
    """From `since` on and before `until`; None: without that border. ValueError where nothing lies between."""

    since: datetime | None = None
    until: datetime | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.first >= self.end:
            raise ValueError(f"a range begins before it ends, not {self.since} to {self.until}")

    @property
    def first(self) -> datetime:
        """Its first moment."""
        return self.since or EARLIEST

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return self.until or LATEST

    def holds(self, moment: datetime) -> bool:
        """Whether it holds this moment."""
        return self.first <= moment < self.end

    def part(self, first: datetime, end: datetime) -> Range | None:
        """What of it lies from `first` on and before `end`."""
        first, end = max(first, self.first), min(end, self.end)
        return _range(first, end) if first < end else None


def days(first: date | None, last: date | None) -> Range:
    """Whole days of China, both included; ValueError where the last is before the first."""
    return Range(
        since=None if first is None else midnight(first),
        until=None if last is None or last == date.max else midnight(last + timedelta(days=1)),
    )


def disjoint(ranges: Iterable[Range]) -> list[Range]:
    """The same moments in as few ranges as can be, the newest first."""
    joined: list[Range] = []
    for each in sorted(ranges, key=lambda each: each.end, reverse=True):
        if joined and each.end >= joined[-1].first:
            joined[-1] = _range(min(each.first, joined[-1].first), joined[-1].end)
        else:
            joined.append(each)
    return joined


def _range(first: datetime, end: datetime) -> Range:
    return Range(since=None if first == EARLIEST else first, until=None if end == LATEST else end)
