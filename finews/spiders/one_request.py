"""Scrapy's aiohttp handler, with one HTTP request for each download and no more."""

from __future__ import annotations

import ssl

from scrapy.core.downloader.handlers import _aiohttp
from scrapy.crawler import Crawler
from scrapy.settings import BaseSettings
from scrapy.utils.ssl import _make_ssl_context


class OneRequestHandler(_aiohttp.AiohttpDownloadHandler):
    """Leaves repetitions to those who count them and keep to the rate.

    By itself aiohttp sends a GET again at once when its connection is dropped (`ClientSession._request`).
    """

    lazy = True

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        # There is no public switch; aiohttp's own test client uses this one.
        self._session._retry_connection = False  # noqa: SLF001


class _Certificates:
    """Scrapy's TLS context, made once a process.

    To read the system's certificates takes 25 ms, which is most of what a small job costs, and every job has a handler
    of its own. All jobs of a process have the same TLS settings.
    """

    def __init__(self) -> None:
        self._made: ssl.SSLContext | None = None

    def __call__(self, settings: BaseSettings) -> ssl.SSLContext:
        self._made = self._made or _make_ssl_context(settings)
        return self._made


# Where Scrapy looks elsewhere one day, each handler makes its own again.
vars(_aiohttp)["_make_ssl_context"] = _Certificates()
