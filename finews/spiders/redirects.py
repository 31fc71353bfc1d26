"""Redirects, followed from mirror to mirror and never off them."""

from __future__ import annotations

from typing import Any, Final, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.http import Response
from scrapy.settings import BaseSettings

from .addresses import site
from .trouble import RedirectedAway, RedirectLoop

MOST: Final = 5
"""Redirects followed for one request."""


class MirrorRedirects(RedirectMiddleware):
    """Scrapy's middleware, with the mirrors (setting `FINEWS_MIRRORS`) as the only hosts to go to.

    Raises RedirectedAway or RedirectLoop instead of asking on.
    """

    def __init__(self, settings: BaseSettings) -> None:
        super().__init__(settings)
        self._slots = {site(mirror): mirror for mirror in reversed(settings.getlist("FINEWS_MIRRORS"))}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """As the base class does, without its warning about the Referer, which is not sent."""
        made = cls(crawler.settings)
        made.crawler = crawler
        return made

    def handle_referer(self, request: Request, response: Response) -> None:  # noqa: ARG002
        """Sends no Referer."""
        request.headers.pop(b"Referer", None)

    def _redirect(self, redirected: Request, request: Request, reason: Any) -> Request:
        seen = [*request.meta.get("redirect_urls", []), request.url]
        try:
            slot = self._slots.get(site(redirected.url))
        except ValueError:
            slot = None
        if slot is None:
            raise RedirectedAway(redirected.url)
        if redirected.url in seen or len(seen) > MOST:
            raise RedirectLoop(redirected.url)
        redirected.meta["download_slot"] = slot
        return super()._redirect(redirected, request, reason)
