"""Scrapy, set up for one lean crawl: no reactor, only what fetching needs."""

from __future__ import annotations

from typing import Any, Final

from .crawl_settings import CrawlSettings

_HERE: Final = "finews.spiders"
_MIDDLEWARES: Final = {
    f"{_HERE}.robots.MirrorRobots": 100,
    "scrapy.downloadermiddlewares.downloadtimeout.DownloadTimeoutMiddleware": 350,
    "scrapy.downloadermiddlewares.useragent.UserAgentMiddleware": 500,
    f"{_HERE}.unpacking.Unpacking": 590,
    f"{_HERE}.redirects.MirrorRedirects": 600,
}
_HANDLER: Final = f"{_HERE}.one_request.OneRequestHandler"
_OTHER_SCHEMES: Final = ("data", "file", "ftp", "s3")
# Connections are limited by the download slots; the handler's own pool must not make a request wait, for
# that would count against its time limit.
_NO_LIMIT: Final = 1000


def scrapy_settings(settings: CrawlSettings) -> dict[str, Any]:
    """Scrapy's settings for these rules, which are one process's share of them.

    aiohttp is the download handler of Scrapy without a reactor; on loopback it is also the fastest.
    """
    return {
        "TWISTED_REACTOR_ENABLED": False,
        "LOG_ENABLED": False,
        "USER_AGENT": settings.user_agent,
        "ROBOTSTXT_OBEY": settings.obey_robots,
        "FINEWS_MIRRORS": list(settings.sources),
        "DOWNLOAD_SLOTS": {mirror: _slot(settings, mirror) for mirror in settings.sources},
        "CONCURRENT_REQUESTS": _NO_LIMIT,
        "CONCURRENT_REQUESTS_PER_DOMAIN": _NO_LIMIT,
        "DOWNLOAD_TIMEOUT": settings.timeout,
        "DOWNLOAD_MAXSIZE": settings.max_bytes,
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "DOWNLOAD_HANDLERS": {"http": _HANDLER, "https": _HANDLER, **dict.fromkeys(_OTHER_SCHEMES)},
        "DOWNLOADER_MIDDLEWARES_BASE": _MIDDLEWARES,
        "SPIDER_MIDDLEWARES_BASE": {},
        "EXTENSIONS_BASE": {},
        "DUPEFILTER_CLASS": "scrapy.dupefilters.BaseDupeFilter",
        "STATS_CLASS": "scrapy.statscollectors.DummyStatsCollector",
        "COOKIES_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "REFERER_ENABLED": False,
    }


def _slot(settings: CrawlSettings, mirror: str) -> dict[str, float]:
    rate = settings.rate_of(mirror)
    return {"concurrency": settings.concurrency, "delay": 1 / rate if rate else 0.0, "jitter": 0.0}
