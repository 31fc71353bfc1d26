"""The Scrapy engines of one process: one for each kind of spider, opened when it is first wanted, and kept."""

from __future__ import annotations

import asyncio
from typing import Any, TypeVar

from scrapy.crawler import AsyncCrawlerRunner

from .asking import AskingSpider
from .context import CrawlContext
from .scrapy_settings import scrapy_settings

Kind = TypeVar("Kind", bound=AskingSpider[Any])


class Engines:
    """Spiders that stay between jobs: engine, middlewares and connections are made once for all jobs of these rules."""

    def __init__(self, context: CrawlContext) -> None:
        self._context = context
        self._runner = AsyncCrawlerRunner(scrapy_settings(context.settings))
        self._open: dict[type[AskingSpider[Any]], AskingSpider[Any]] = {}

    async def spider(self, kind: type[Kind]) -> Kind:
        """The spider of this kind, with its engine open; what hinders it is raised."""
        spider = self._open.get(kind)
        if spider is None:
            spider = self._open[kind] = await self._opened(kind)
        assert isinstance(spider, kind)
        return spider

    def leave(self) -> None:
        """Closes them all; they take their time, beside those that come after them."""
        for spider in self._open.values():
            spider.leave()
        self._open.clear()

    async def _opened(self, kind: type[Kind]) -> AskingSpider[Any]:
        opened, crawler = asyncio.Event(), self._runner.create_crawler(kind)
        crawl = self._runner.crawl(crawler, context=self._context, opened=opened)
        waiting = asyncio.ensure_future(opened.wait())
        try:
            await asyncio.wait((crawl, waiting), return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
        if crawl.done():
            crawl.result()
        assert isinstance(crawler.spider, AskingSpider), "a crawl that has begun has a spider"
        return crawler.spider
