"""The feed spider: each feed asked once, all of them side by side, none in another's way."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from time import monotonic

from finews.schema.feed_records import Validators

from .addresses import FEED, ROBOTS, feed_path
from .asking import AskingSpider
from .exchange import feed_to_json
from .feed_answer import FeedAnswer
from .feed_judge import judged_feed
from .heard import OUT_OF_REACH, Heard, unanswered
from .walk import Patience


@dataclass(frozen=True, kw_only=True)
class Feeds:
    """The feeds of a job. `known` holds what they gave with an earlier answer: one that has not changed since says only
    that. `count` articles are asked of each; None: as many as the settings say.
    """

    job: int
    names: Sequence[str]
    known: Mapping[str, Validators]
    count: int | None = None


class FeedSpider(AskingSpider[Feeds]):
    """Reads feeds from the first mirror and sends a FeedAnswer for each."""

    name = "feeds"

    async def work(self, wanted: Feeds) -> None:
        """Reads all feeds at once."""
        async with asyncio.TaskGroup() as readings:
            tasks = [readings.create_task(self._read(name, wanted)) for name in wanted.names]
        answers = [task.result() for task in tasks]
        outage = all(each.error in OUT_OF_REACH for each in answers) and await self._nobody_is_there()
        for answer in answers:
            fields = feed_to_json(replace(answer, outage=outage))
            await self.context.outbox.send({"got": "feed", "job": wanted.job, "feed": fields})

    async def _read(self, name: str, wanted: Feeds) -> FeedAnswer:
        said = await self._said(name, wanted)
        if isinstance(said, Heard) and (pause := self._pause(said)) is not None:
            await asyncio.sleep(pause)
            said = await self._said(name, wanted)
        return FeedAnswer(name=name, error=said.reason) if isinstance(said, Heard) else said

    async def _said(self, name: str, wanted: Feeds) -> FeedAnswer | Heard:
        settings = self.context.settings
        mirror = settings.sources[0]
        url = f"{mirror}{feed_path(name, wanted.count or settings.feed_count)}"
        known = wanted.known.get(name)
        known = known if known and known.url == url else None
        answer = await self.ask(url, kind=FEED, mirror=mirror, headers=_conditions(known))
        # What a feed says is kept from the articles' mirrors: one that fails must not stop the others.
        if isinstance(answer, str):
            return unanswered(answer)
        self.context.health.reached(monotonic())
        if answer.status == 304 and known:
            return FeedAnswer(name=name, unchanged=True, validators=known)
        judged = judged_feed(name, answer)
        if isinstance(judged, Heard):
            return judged
        given = Validators(url=url, etag=answer.etag, last_modified=answer.last_modified)
        return FeedAnswer(name=name, listings=judged, validators=given)

    def _pause(self, heard: Heard) -> float | None:
        patience, wait = Patience.of(self.context.settings), heard.wait or 0.0
        if not heard.passing or not patience.retries or wait > patience.longest_wait:
            return None
        return max(wait, patience.pause(1))

    async def _nobody_is_there(self) -> bool:
        """Whether no mirror answers at all: then it is not this source that is to blame."""
        mirrors = self.context.settings.asked
        answers = await asyncio.gather(
            *(self.ask(f"{each}/robots.txt", kind=ROBOTS, mirror=each) for each in mirrors)
        )
        return all(isinstance(answer, str) and answer in OUT_OF_REACH for answer in answers)


def _conditions(known: Validators | None) -> dict[str, str]:
    if known is None:
        return {}
    given = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
    return {name: value for name, value in given.items() if value}
