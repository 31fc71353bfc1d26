"""What all spiders are: they ask one address at a time and get an answer, or a machine word for why not."""

from __future__ import annotations

import asyncio
import logging
from abc import abstractmethod
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any, Generic, Protocol, Self, TypeVar

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.http import Response

from .context import CrawlContext
from .judge import Answer
from .tally import answered_tally, unanswered_tally
from .trouble import DOWNLOAD_ERRORS, RequestTrouble, TooLarge, reason_of

logger = logging.getLogger(__name__)
_LONGEST_HEADER = 300


class OfJob(Protocol):
    """What a spider is asked for in one job."""

    @property
    def job(self) -> int:
        """The job's number, which stands in all that the parent is told of it."""


Wanted = TypeVar("Wanted", bound=OfJob)


class AskingSpider(Spider, Generic[Wanted]):
    """A spider that stays open from one job to the next, with its engine and its connections; a job is one `work`."""

    def __init__(self, *, context: CrawlContext, opened: asyncio.Event) -> None:
        super().__init__(self.name)
        self.context = context
        self._opened, self._over = opened, asyncio.Event()

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """As the base class does; counts the requests that are sent, redirected ones and robots.txt included."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.count, signals.request_reached_downloader)
        return spider

    @abstractmethod
    async def work(self, wanted: Wanted) -> None:
        """Does a job, and tells the parent what comes of it."""

    def leave(self) -> None:
        """No further job is to come: the crawl closes."""
        self._over.set()

    async def start(self) -> AsyncIterator[Any]:
        """Keeps the engine open; Scrapy's scheduler, which knows no order between mirrors, gets nothing."""
        self._opened.set()
        await self._over.wait()
        nothing: tuple[Request, ...] = ()
        for each in nothing:
            yield each

    async def ask(
        self, url: str, *, kind: str, mirror: str, headers: Mapping[str, str] | None = None
    ) -> Answer | str:
        """Sends one request within the mirror's limits; redirects are followed.

        Returns the answer, or `timeout`, `connection`, `bad_gzip`, `robots`, `redirect_away`, `redirect_loop`.
        """
        request = Request(url, headers=dict(headers or {}), meta={"download_slot": mirror, "kind": kind})
        try:
            response = await self.crawler.engine.download_async(request)
        except (*DOWNLOAD_ERRORS, RequestTrouble) as error:
            reason = reason_of(error)
            self.context.hear(mirror, unanswered_tally(reason))
            return _too_large(url) if reason == TooLarge.reason else reason
        except Exception:
            # Whatever a download handler stumbles over, this link has its end and the others go on.
            logger.exception("the download of %s broke", url)
            return "connection"
        self.context.hear(mirror, answered_tally(response))
        return _answer(response)

    def count(self, request: Request) -> None:
        """Counts a request that is about to be sent."""
        self.context.sent[request.meta["kind"]] += 1


def _answer(response: Response) -> Answer:
    return Answer(
        url=response.url,
        status=response.status,
        content_type=_header(response, b"Content-Type"),
        retry_after=_header(response, b"Retry-After"),
        at=datetime.now(UTC),
        body=response.body,
        etag=_header(response, b"ETag"),
        last_modified=_header(response, b"Last-Modified"),
        date=_header(response, b"Date"),
    )


def _too_large(url: str) -> Answer:
    return Answer(
        url=url, status=200, content_type="", retry_after="", at=datetime.now(UTC), body=b"", too_large=True
    )


def _header(response: Response, name: bytes) -> str:
    return (response.headers.get(name) or b"")[:_LONGEST_HEADER].decode("latin-1")
