"""The search spider: walks through the pages of one mirror's search, then, for what is left, of the next one's."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .addresses import SEARCH, search_path
from .asking import AskingSpider
from .heard import MIRROR_PAUSED, Heard, unanswered
from .search_answer import SearchAnswer, judged_search
from .search_messages import SearchEnd, end_to_json, listings_to_bytes
from .search_page import AskPage
from .search_range import Range
from .search_walk import SMALLEST, Done, SearchWalk
from .walk import Patience


@dataclass
class Ranges:
    """The ranges of a job, and how many articles are asked for at a time; `dropped` when nobody wants them any more."""

    job: int
    ranges: Sequence[Range] = ()
    limit: int = SMALLEST
    seen: set[str] = field(default_factory=set)
    """What was found so far, at any mirror."""
    dropped: bool = False

    def drop(self) -> None:
        """Nobody does any more."""
        self.dropped = True


class SearchSpider(AskingSpider[Ranges]):
    """Finds all articles of the ranges, sends them page by page, and then how it ended.

    One walk stays with one mirror, for another may have other pages. What a mirror leaves uncovered is looked
    for at the next one, from the top.
    """

    name = "search"

    async def work(self, wanted: Ranges) -> None:
        """Walks at one mirror after the other, until nothing is left or each was asked."""
        requests, reasons, total = 0, list[str](), None
        left = tuple(wanted.ranges)
        for mirror in self.context.settings.asked:
            done = await self._walk(wanted, mirror, left)
            if done is None:
                return
            requests += done.requests
            left, total = done.uncovered, total if done.total is None else done.total
            reasons.append(done.reason)
            if not left:
                break
        # The first mirror's word weighs most, as long as something is left.
        end = SearchEnd(
            requests=requests, reason=_first(reasons) if left else "", uncovered=left, total=total
        )
        await self._send(wanted, {"got": "searched", "end": end_to_json(end)})

    async def _walk(self, wanted: Ranges, mirror: str, ranges: Sequence[Range]) -> Done | None:
        """A walk's end; None where nobody wants it any more."""
        patience = Patience.of(self.context.settings)
        walk = SearchWalk(ranges, limit=wanted.limit, retries=patience.retries, seen=wanted.seen)
        while not isinstance(step := walk.next(), Done):
            if wanted.dropped:
                return None
            said = await self._said(mirror, step)
            if found := walk.hear(said):
                await self._send(wanted, {"got": "found"}, listings_to_bytes(found))
            if isinstance(said, Heard):
                await _pause(walk, said, patience)
        return step

    async def _said(self, mirror: str, step: AskPage) -> SearchAnswer | Heard:
        url = f"{mirror}{search_path(step.page, step.limit)}"
        answer = await self.ask(url, kind=SEARCH, mirror=mirror)
        return unanswered(answer) if isinstance(answer, str) else judged_search(answer)

    async def _send(self, wanted: Ranges, header: dict[str, Any], body: bytes = b"") -> None:
        sent = self.context.take_sent()
        await self.context.outbox.send({**header, "job": wanted.job, "sent": sent}, body)


async def _pause(walk: SearchWalk, heard: Heard, patience: Patience) -> None:
    if isinstance(walk.next(), Done):
        return
    wait = heard.wait or 0.0
    if wait > patience.longest_wait:
        walk.give_up(heard.reason)
    elif walk.failures:
        await asyncio.sleep(max(wait, patience.pause(walk.failures)))


def _first(reasons: Sequence[str]) -> str:
    """The first mirror's word; where there is none, all of them are paused."""
    return reasons[0] if reasons else MIRROR_PAUSED
