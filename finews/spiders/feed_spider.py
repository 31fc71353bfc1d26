"""The feed spider: each feed asked once, all of them side by side, none in another's way."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from datetime import UTC, datetime

from finews.schema.records import Listing

from .addresses import FEED, feed_path
from .asking import AskingSpider
from .context import CrawlContext
from .exchange import feed_to_json
from .feed_answer import FeedAnswer
from .feed_judge import judged_feed
from .heard import Heard, unanswered


class FeedSpider(AskingSpider):
    """Reads feeds from the first mirror and sends a FeedAnswer for each."""

    name = "feeds"

    def __init__(self, *, context: CrawlContext, job: int, feeds: Sequence[str]) -> None:
        super().__init__(context=context, job=job)
        self._feeds = feeds

    async def work(self) -> None:
        """Reads all feeds at once."""
        async with asyncio.TaskGroup() as readings:
            for name in self._feeds:
                readings.create_task(self._read(name))

    async def _read(self, name: str) -> None:
        said = await self._said(name)
        if isinstance(said, Heard) and (pause := self._pause(said)) is not None:
            await asyncio.sleep(pause)
            said = await self._said(name)
        answer = FeedAnswer(
            name=name,
            listings=() if isinstance(said, Heard) else said,
            error=said.reason if isinstance(said, Heard) else None,
            fetched_at=datetime.now(UTC),
        )
        await self.context.outbox.send({"got": "feed", "job": self.job, "feed": feed_to_json(answer)})

    async def _said(self, name: str) -> tuple[Listing, ...] | Heard:
        settings = self.context.settings
        mirror = settings.sources[0]
        answer = await self.ask(f"{mirror}{feed_path(name, settings.feed_count)}", kind=FEED, mirror=mirror)
        # What a feed says is kept from the articles' mirrors: one that fails must not stop the others.
        return unanswered(answer) if isinstance(answer, str) else judged_feed(name, answer)

    def _pause(self, heard: Heard) -> float | None:
        settings = self.context.settings
        wait = heard.wait or 0.0
        if not heard.passing or not settings.retries or wait > settings.longest_wait:
            return None
        return max(wait, settings.backoff * (1 + random.random() / 2))  # noqa: S311 - spreads requests
