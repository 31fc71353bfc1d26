"""The walk through the pages of the search: decisions only, no network and no clock.

The search lists all articles by date, the newest first, and cannot be asked for a date. The walk leaps to the
page where a range begins, halving the way back where it leapt too far, and from there reads on without a gap.

Its one claim is the *front*: of the ranges, all that is later than this moment has been read. A page moves the
front only where it begins later than the front (or after the end of the range, or at the top), so whatever was
added or taken out in the meantime, nothing that was there all along can have slipped between two pages. Places
only say where to look next; they are guesses, and the latest answer is believed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from finews.schema.records import Listing

from .heard import Heard, Say
from .search_answer import SearchAnswer, placed
from .search_page import AskPage, ReadPage, overlapping
from .search_range import LATEST, SECOND, Range, disjoint

SMALLEST: Final = 10
"""Articles on a page; smaller ones leave no room for an overlap."""
PATIENCE: Final = 100
"""So many answers in a row that bring nothing end a walk."""
_HOLLOW: Final = 3
"""So many pages that end at the front, though something stands behind it, make a gap."""
_ONCE_MORE: Final = 3
"""So often an empty page is asked for, in different sizes, where there should be one."""
_LOOKS: Final = (1, 4)
"""Pages behind the last article that must be empty, too, before the list is believed to end there."""


@dataclass(frozen=True, kw_only=True)
class Done:
    """The end of a walk. `uncovered` is what of the ranges may hold more than was found, newest first.

    `reason` is the machine word for why there is such a part, else empty; `total` is what the source said last.
    """

    requests: int
    reason: str = ""
    uncovered: tuple[Range, ...] = ()
    total: int | None = None

    @property
    def complete(self) -> bool:
        """Whether the ranges are covered."""
        return not self.uncovered


class SearchWalk:
    """One walk over ranges. `next` says what to ask, `hear` takes the answer, by turns.

    `seen` holds infoCodes that are not to be told, and grows. ValueError for a limit below SMALLEST.
    """

    def __init__(
        self,
        ranges: Iterable[Range],
        *,
        limit: int = 100,
        retries: int = 2,
        seen: set[str] | None = None,
    ) -> None:
        if limit < SMALLEST:
            raise ValueError(f"a page of the search has at least {SMALLEST} articles, not {limit}")
        self._ranges = disjoint(ranges)
        self._retries = retries
        self._seen = set() if seen is None else seen
        self._asked = AskPage(page=1, limit=limit)
        self._limit = limit
        self._requests = 0
        self._total: int | None = None
        self._reason = ""
        self._uncovered: list[Range] = []
        self._front = LATEST
        self._at_front: frozenset[str] = frozenset()
        self._overlap = 0
        self._low = 0
        self._high: int | None = None
        self._behind: ReadPage | None = None
        self._vain = 0
        self._back = limit // 2
        self._steps = self._blanks = self._hollow = self._looks = self._failures = 0
        self._doubt = False

    def next(self) -> AskPage | Done:
        """What to do next; after an AskPage comes `hear`."""
        if self._ranges and self._vain > PATIENCE:
            self.give_up("no_progress")
        if not self._ranges:
            return Done(
                requests=self._requests,
                reason=self._reason if self._uncovered else "",
                uncovered=tuple(self._uncovered),
                total=self._total,
            )
        self._asked = self._plan()
        return self._asked

    def hear(self, heard: SearchAnswer | Heard) -> tuple[Listing, ...]:
        """Takes an answer, and returns what it newly tells of the ranges, newest first."""
        self._requests += 1
        self._vain += 1
        if isinstance(heard, Heard):
            # Some servers have no page where the list has none.
            if heard.say is Say.ABSENT and self._asked.start > self._low:
                self._hear_nothing()
            else:
                self._hear_failure(heard)
            return ()
        self._failures, self._doubt = 0, False
        self._total = heard.total
        if not heard.listings:
            self._hear_nothing()
            return ()
        self._looks = 0
        if self._front == LATEST and SMALLEST <= heard.records < self._asked.limit:
            # It may be all there is, or all that the source gives at a time.
            self._limit = heard.records
        page = ReadPage(self._asked, heard)
        if self._continues(page):
            return self._go_on(page)
        self._turn_back(page)
        return ()

    def give_up(self, reason: str) -> None:
        """Ends the walk here: what is left of the ranges is not covered."""
        self._reason = reason
        end = LATEST if self._front == LATEST else self._front + SECOND
        parts = [each.part(each.first, end) for each in self._ranges]
        self._uncovered += [each for each in parts if each]
        self._ranges.clear()

    @property
    def failures(self) -> int:
        """How many answers in a row were none, for a pause that grows; 0 where the next request is another."""
        return self._failures

    @property
    def _in_range(self) -> bool:
        return self._front < self._ranges[0].end

    @property
    def _crowded(self) -> bool:
        """So many articles of one moment that pages can only be held together by the articles themselves."""
        return self._overlap > self._limit // 2

    def _plan(self) -> AskPage:
        if self._looks:
            place = self._low + _LOOKS[self._looks - 1] * self._limit
            return AskPage(page=-(-place // self._limit) + 1, limit=self._limit)
        span = None if self._high is None else self._high - self._low
        step = self._steps - 1 if self._in_range else self._steps
        if self._doubt or step <= 0 or (span is not None and span <= 2 * self._limit):
            overlap = max(1, self._limit // 4) if self._crowded else self._overlap
            pages = overlapping(self._low, overlap, self._limit)
            # What went wrong with a page of one size may go well with one that is quite another.
            tries = self._failures + self._blanks + self._hollow
            return pages[tries * (len(pages) // 3 + 1) % len(pages)]
        place = self._low + (self._limit << min(step - 1, PATIENCE) if span is None else span // 2)
        return AskPage(page=place // self._limit + 1, limit=self._limit)

    def _continues(self, page: ReadPage) -> bool:
        return (
            page.start == 0
            or page.newest > self._front
            or page.newest >= self._ranges[0].end
            or (self._crowded and not self._at_front.isdisjoint(page.codes_at(self._front)))
        )

    def _go_on(self, page: ReadPage) -> tuple[Listing, ...]:
        found = tuple(each for each in page.listings if self._is_new(each))
        self._seen.update(each.info_code for each in found)
        lower = page.oldest < self._front
        more = page.oldest == self._front and not page.codes_at(self._front) <= self._at_front
        on = (lower and page.oldest < self._ranges[0].end) or (more and self._crowded)
        if lower or more:
            self._vain = self._blanks = 0
        self._low = page.end
        if self._high is not None and self._low >= self._high:
            self._high = None
        if page.oldest <= self._front:
            known = frozenset[str]() if lower else self._at_front
            self._at_front = known | page.codes_at(page.oldest)
            self._front = page.oldest
            self._overlap = max(page.overlap, len(self._at_front))
        self._steps = 0 if on else self._steps + 1
        if on:
            self._back = self._limit // 2
            if self._behind and self._behind.newest >= self._front:
                self._behind = None
        self._hollow = self._hollow + 1 if page.short and not (lower or more) else 0
        self._leave_what_is_covered()
        if self._hollow == 1:
            # What was seen behind it long ago may have been taken out since.
            self._behind = None
        if self._hollow and self._behind is None:
            self._looks = 1
        elif self._hollow >= _HOLLOW and self._behind:
            return (*found, *self._leap(self._behind))
        return found

    def _leap(self, page: ReadPage) -> tuple[Listing, ...]:
        """Goes on with a page behind a gap that no page shows."""
        self._reason = "gap"
        parts = [each.part(page.newest, self._front + SECOND) for each in self._ranges]
        self._uncovered += [each for each in parts if each]
        self._high = self._behind = None
        return self._go_on(page)

    def _turn_back(self, page: ReadPage) -> None:
        """The front is before this page."""
        if page.start > self._low:
            self._high, self._behind = page.start, page
        else:
            self._step_back()

    def _hear_nothing(self) -> None:
        if self._looks:
            self._looks += 1
            if self._looks > len(_LOOKS):
                self._ranges.clear()
        elif self._asked.start > self._low:
            self._high = self._asked.start
        else:
            self._blanks += 1
            if self._blanks == _ONCE_MORE:
                self._blanks = 0
                self._step_back()

    def _step_back(self) -> None:
        """Nothing that is known stands where it was: the front has moved up."""
        if self._asked.start > 0:
            self._high = self._asked.start
            self._low = max(0, self._asked.start - self._back)
            self._back *= 2
        elif self._front == LATEST and self._total == 0:
            self._ranges.clear()
        else:
            # Not one article, though there were some, or though it does not say itself that there are none.
            self.give_up("no_records")

    def _hear_failure(self, heard: Heard) -> None:
        self._failures += 1
        if heard.say is Say.BLOCKED and not heard.passing:
            self.give_up(heard.reason)
        elif self._failures > self._retries:
            if self._looks or self._asked.start <= self._low:
                self.give_up(heard.reason)
                return
            # It may be the depth that the source does not like: is it well where we know that it was?
            self._high, self._failures, self._doubt = self._asked.start, 0, True

    def _leave_what_is_covered(self) -> None:
        while self._ranges and self._front < self._ranges[0].first:
            self._ranges.pop(0)
            self._high = self._behind = None
            self._steps = self._hollow = self._looks = 0

    def _is_new(self, listing: Listing) -> bool:
        moment = placed(listing)
        return listing.info_code not in self._seen and any(each.holds(moment) for each in self._ranges)
