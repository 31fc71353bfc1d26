"""robots.txt, obeyed for each origin and remembered from one crawl to the next."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Final

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.http.request import NO_CALLBACK

from finews.schema.records import RobotsFile

from .addresses import ROBOTS, origin
from .asking import AskingSpider
from .robots_shelf import Rules
from .trouble import DOWNLOAD_ERRORS, RequestTrouble, RobotsForbidden

LONGEST: Final = 512 * 1024
"""Bytes that are read of a file; RFC 9309, section 2.5, wants at least 500 KiB."""


class MirrorRobots(RobotsTxtMiddleware):
    """Scrapy's middleware with the shelf of an AskingSpider as its memory.

    Raises RobotsForbidden. A file that cannot be had allows everything, for this crawl only and for some minutes
    at most; no file (4xx) allows everything and is remembered.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        assert isinstance(crawler.spider, AskingSpider)
        self._shelf = crawler.spider.context.shelf

    # Scrapy calls it without the deprecated `spider`.
    async def process_request(self, request: Request) -> None:  # type: ignore[override]
        """Lets a request pass or raises RobotsForbidden."""
        if request.meta["kind"] == ROBOTS:
            return
        rules = await self._rules(request)
        if not rules.allow(request.url, self._default_useragent):
            raise RobotsForbidden(request.url)

    async def _rules(self, request: Request) -> Rules:
        place = origin(request.url)
        waiting = self._shelf.current(place)
        if waiting is None:
            waiting = self._shelf.rules[place] = asyncio.get_running_loop().create_future()
            file = self._shelf.remembered(place)
            try:
                waiting.set_result(Rules(file or await self._read(place, request.meta["download_slot"])))
            finally:
                if not waiting.done():
                    # Whatever went wrong here, nobody may wait for ever; the next request asks anew.
                    del self._shelf.rules[place]
                    waiting.set_result(Rules(None))
        return await waiting

    async def _read(self, place: str, slot: str) -> RobotsFile | None:
        meta = {"kind": ROBOTS, "download_slot": slot}
        asked = Request(f"{place}/robots.txt", meta=meta, callback=NO_CALLBACK)
        try:
            response = await self.crawler.engine.download_async(asked)
        except (*DOWNLOAD_ERRORS, RequestTrouble):
            return None
        file = robots_file(response.status, response.body)
        if file:
            self._shelf.tell(place, file)
        return file


def robots_file(status: int, body: bytes) -> RobotsFile | None:
    """An answer to the request for a robots.txt, read now; None where it says nothing about the file."""
    # 429 says nothing about the file.
    if status == 429 or not (status == 200 or 400 <= status < 500):
        return None
    text = body[:LONGEST].decode("utf-8-sig", "ignore") if status == 200 else ""
    return RobotsFile(status=status, body=text, fetched_at=datetime.now(UTC))
