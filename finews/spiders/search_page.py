"""One page of the search: which to ask for, and what stretch of time the one that came covers."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from .search_answer import SearchAnswer, placed


@dataclass(frozen=True, kw_only=True)
class AskPage:
    """Next, ask for this page, counted from 1, with `limit` articles on each."""

    page: int
    limit: int

    @property
    def start(self) -> int:
        """Place of its first article, where the newest of all is at 0."""
        return (self.page - 1) * self.limit

    @property
    def end(self) -> int:
        """Place after its last article."""
        return self.page * self.limit


class ReadPage:
    """A page that holds articles, ordered by date, the newest first, but for a few.

    It covers the time between `newest` and `oldest`, both excluded: others of these very moments may stand on
    the pages beside it. A page that continues it has to begin at least `overlap` before its end.
    """

    def __init__(self, asked: AskPage, answer: SearchAnswer) -> None:
        moments = [placed(each) for each in answer.listings]
        self.start = asked.start
        self.end = asked.start + answer.records
        self.short = answer.records < asked.limit
        self.listings = sorted(answer.listings, key=placed, reverse=True)
        self.newest, self.oldest = borders(moments)
        self.overlap = sum(moment <= self.oldest for moment in moments) + 2

    def codes_at(self, moment: datetime) -> frozenset[str]:
        """The infoCodes of this very moment."""
        return frozenset(each.info_code for each in self.listings if placed(each) == moment)


def borders(moments: Sequence[datetime]) -> tuple[datetime, datetime]:
    """The first and last moments that a page in order, newest first, may be trusted to cover.

    What is out of order does not count, as an old article pinned to the top, nor does the outermost at either
    end: nothing beside it shows that it stands where it should.
    """
    order = in_order(moments)
    spare = 1 if len(order) > 3 else 0
    return order[spare], order[-1 - spare]


def in_order(moments: Sequence[datetime]) -> list[datetime]:
    """The most of these moments that are in order, newest first."""
    # For each length, the best chain of that length so far ends at this place: the newest end is the best.
    ends: list[int] = []
    depths: list[float] = []
    before: list[int | None] = []
    for place, moment in enumerate(moments):
        depth = -moment.timestamp()
        length = bisect_right(depths, depth)
        before.append(ends[length - 1] if length else None)
        ends[length : length + 1] = [place]
        depths[length : length + 1] = [depth]
    chain: list[datetime] = []
    at: int | None = ends[-1]
    while at is not None:
        chain.append(moments[at])
        at = before[at]
    return chain[::-1]


def overlapping(place: int, overlap: int, limit: int) -> list[AskPage]:
    """Pages that begin at least `overlap` before a place and reach beyond it, those that reach far first.

    Pages of one size meet at their ends and cannot show that nothing moved between them, so sizes vary from
    half the limit to all of it; only where none of these fits they are larger.
    """
    first = max(0, place - overlap)
    for sizes in (range(limit, limit // 2, -1), range(limit + 1, 2 * limit + 1)):
        pages = [AskPage(page=first // size + 1, limit=size) for size in sizes]
        if fit := [page for page in pages if page.end > place]:
            return sorted(fit, key=lambda page: (-page.end, -page.limit))
    return [AskPage(page=first // (2 * limit) + 1, limit=2 * limit)]
