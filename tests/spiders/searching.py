"""A source's search in memory, and walks through it that are told apart from what they ought to find."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from finews.schema.records import CHINA, Listing
from finews.spiders.addresses import SEARCH
from finews.spiders.heard import Heard
from finews.spiders.search_answer import SearchAnswer, placed
from finews.spiders.search_page import AskPage
from finews.spiders.search_range import Range
from finews.spiders.search_walk import Done, SearchWalk

NOON = datetime(2026, 3, 9, 12, 0, tzinfo=CHINA)


def listing(number: int, moment: datetime, *, dated: bool = True) -> Listing:
    """An article of this moment, or of its day where it is not `dated`."""
    code = f"NW{moment:%Y%m%d}{number:010d}"
    return Listing(info_code=code, feed=SEARCH, position=0, moment=moment if dated else None)


def spaced(count: int, *, newest: datetime = NOON, apart: timedelta = timedelta(minutes=1)) -> list[Listing]:
    """So many articles, the newest first."""
    return [listing(count - place, newest - place * apart) for place in range(count)]


def day(text: str) -> date:
    """`2026-03-09`."""
    return date.fromisoformat(text)


@dataclass
class Archive:
    """Articles by date, the newest first; among those of one moment, the higher infoCode first.

    `before` is called with the number of requests so far before each of them; what it returns in place of None
    is the answer. `total` is what it says of all pages together; below 0 the truth.
    """

    articles: list[Listing]
    before: Callable[[AskPage, int], SearchAnswer | Heard | None] = lambda asked, number: None
    total: int | None = -1
    cap: int = 10**9
    asked: list[AskPage] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    come: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.articles.sort(key=_order, reverse=True)

    def add(self, articles: Iterable[Listing]) -> None:
        """Lists more, each where its date wants it."""
        new = list(articles)
        self.come.update(each.info_code for each in new)
        self.articles += new
        self.articles.sort(key=_order, reverse=True)

    def take_out(self, place: int) -> None:
        """Takes out the article at this place."""
        self.gone.add(self.articles.pop(place).info_code)

    def answer(self, asked: AskPage) -> SearchAnswer | Heard:
        """What it has to say."""
        said = self.before(asked, len(self.asked))
        self.asked.append(asked)
        return said or self.page(asked)

    def page(self, asked: AskPage) -> SearchAnswer:
        """An honest answer."""
        size = min(asked.limit, self.cap)
        found = self.articles[(asked.page - 1) * size : asked.page * size]
        total = len(self.articles) if self.total == -1 else self.total
        return SearchAnswer(listings=tuple(found), records=len(found), total=total)

    def lasting(self, ranges: Sequence[Range]) -> list[str]:
        """InfoCodes of the ranges that were there all the time, newest first."""
        return [
            each.info_code
            for each in self.articles
            if each.info_code not in self.come and any(one.holds(placed(each)) for one in ranges)
        ]


def _order(each: Listing) -> tuple[datetime, str]:
    return placed(each), each.info_code


@dataclass(frozen=True, kw_only=True)
class Walked:
    """What was found, in the order of finding, and how it ended."""

    codes: list[str]
    end: Done


def walk(archive: Archive, *ranges: Range, limit: int = 100, retries: int = 2) -> Walked:
    """Walks to the end; each infoCode is told once at most, and lies in the ranges."""
    found: list[Listing] = []
    walking = SearchWalk(ranges, limit=limit, retries=retries)
    for _ in range(20_000):
        step = walking.next()
        if isinstance(step, Done):
            codes = [each.info_code for each in found]
            assert len(set(codes)) == len(codes)
            assert all(any(each.holds(placed(one)) for each in ranges) for one in found)
            assert step.requests == len(archive.asked)
            return Walked(codes=codes, end=step)
        found += walking.hear(archive.answer(step))
    raise AssertionError("the walk has no end")
