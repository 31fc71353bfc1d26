"""What a crawl process does: it runs the spiders that the parent asks for, one after the other."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Coroutine
from time import monotonic
from typing import Any

# What Scrapy would load by name: now, while the parent is still busy with its own start.
import scrapy.core.scheduler
import scrapy.pqueues
import scrapy.squeues  # noqa: F401

from finews.schema.feed_records import Validators
from finews.schema.records import RobotsFile

from . import one_request, redirects, robots, unpacking  # noqa: F401
from .asking import AskingSpider, Wanted
from .context import CrawlContext
from .crawl_settings import CrawlSettings, robots_to_json
from .engines import Engines
from .feed_spider import Feeds, FeedSpider
from .health import Health
from .inbox import Inbox
from .link_spider import Links, ShareLinkSpider
from .mirror_spider import Mirrors, MirrorSpider
from .outbox import Outbox
from .robots_shelf import RobotsShelf
from .search_messages import ranges_from_json
from .search_spider import Ranges, SearchSpider

Job = Coroutine[Any, Any, None]


async def work(inbox: Inbox, end: socket.socket) -> None:
    """Takes messages for ever; an error of a spider comes out here, after all that had been fetched before it."""
    outbox = Outbox(end)
    desk = _Desk(outbox)
    try:
        async with asyncio.TaskGroup() as jobs:
            while True:
                if job := desk.take(await inbox.next()):
                    jobs.create_task(job)
    finally:
        outbox.close()


class _Desk:
    """The parent's wishes. A job waits until the one before it has come to its end."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._context: CrawlContext | None = None
        self._engines: Engines | None = None
        self._one_at_a_time = asyncio.Lock()
        self._links = Links(job=0)
        self._search = Ranges(job=0)

    def take(self, message: dict[str, Any]) -> Job | None:
        """Does what a message says; returns the job that it begins, if it does."""
        match message["do"]:
            case "settings":
                self._set_rules(CrawlSettings.from_json(message["settings"]))
            case "codes":
                for code in message["codes"]:
                    self._links.codes.put_nowait(code)
            case "circuit":
                assert self._context is not None, "settings come before circuits"
                health = self._context.health
                health.hear(message["mirror"], message["state"], message["seconds"], monotonic())
            case "hold":
                self._links.hold(message["job"])
            case "end":
                self._links.codes.put_nowait(None)
            case "drop":
                # A job that was left may be told of late: the one that came after it goes on.
                for wanted in (self._links, self._search):
                    if wanted.job == message["job"]:
                        wanted.drop()
            case _:
                return self._begun(message)
        return None

    def _set_rules(self, settings: CrawlSettings) -> None:
        if self._engines:
            self._engines.leave()
        self._context = self._new_context(settings)
        self._engines = Engines(self._context)

    def _begun(self, message: dict[str, Any]) -> Job:
        job = message["job"]
        match message["do"]:
            case "feeds":
                known = {name: Validators(**given) for name, given in message["known"].items()}
                feeds = Feeds(job=job, names=message["names"], known=known, count=message["count"])
                return self._run(FeedSpider, feeds)
            case "mirrors":
                return self._run(MirrorSpider, Mirrors(job=job))
            case "articles":
                self._links = Links(job=job)
                return self._run(ShareLinkSpider, self._links)
            case "search":
                ranges = ranges_from_json(message["ranges"])
                self._search = Ranges(job=job, ranges=ranges, limit=message["limit"])
                return self._run(SearchSpider, self._search)
            case unknown:
                raise ValueError(f"nobody knows how to {unknown}")

    async def _run(self, kind: type[AskingSpider[Wanted]], wanted: Wanted) -> None:
        async with self._one_at_a_time:
            context, engines = self._context, self._engines
            assert context is not None, "settings come before the first job"
            assert engines is not None, "settings come before the first job"
            spider = await engines.spider(kind)
            await spider.work(wanted)
            told = {"sent": context.take_sent(), "heard": context.heard.taken().to_json()}
            await self._outbox.send({"got": "end", "job": wanted.job, **told})

    def _new_context(self, settings: CrawlSettings) -> CrawlContext:
        def tell(origin: str, file: RobotsFile) -> None:
            self._outbox.post({"got": "robots", "origin": origin, "file": robots_to_json(file)})

        shelf = RobotsShelf(known=settings.robots, tell=tell)
        return CrawlContext(
            settings=settings, outbox=self._outbox, shelf=shelf, health=self._health(settings)
        )

    def _health(self, settings: CrawlSettings) -> Health:
        def tell(mirror: str, what: str, reason: str) -> None:
            self._outbox.post({"got": "circuit", "mirror": mirror, "what": what, "reason": reason})

        def tell_outage(reason: str | None) -> None:
            self._outbox.post({"got": "outage", "reason": reason})

        health = Health(
            settings.sources,
            rules=settings.circuit,
            tell=tell,
            tell_outage=tell_outage,
            paused=settings.paused,
        )
        now = monotonic()
        for mirror, seconds in settings.open_circuits.items():
            if mirror not in settings.paused:
                health.hear(mirror, "open", seconds, now)
        return health
