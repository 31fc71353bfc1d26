"""Scrapy's aiohttp handler, with one HTTP request for each download and no more."""

from __future__ import annotations

from scrapy.core.downloader.handlers import _aiohttp
from scrapy.crawler import Crawler


class OneRequestHandler(_aiohttp.AiohttpDownloadHandler):
    """Leaves repetitions to those who count them and keep to the rate.

    By itself aiohttp sends a GET again at once when its connection is dropped (`ClientSession._request`).
    """

    lazy = True

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        # There is no public switch; aiohttp's own test client uses this one.
        self._session._retry_connection = False  # noqa: SLF001
