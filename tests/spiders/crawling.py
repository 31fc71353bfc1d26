"""What the proofs over HTTP share: quick settings, and a crawl's results by infoCode."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from finews.newsroom import Newsroom, SourceArticle
from finews.schema.records import Fetch
from finews.spiders.crawl import Crawl
from finews.spiders.crawl_settings import CrawlSettings

AGENT = "finews/0.1 (+desk@example.org)"


def settings(*sources: str, **changes: Any) -> CrawlSettings:
    """Settings for a crawl that does not wait long."""
    quick = {"user_agent": AGENT, "timeout": 1.0, "retries": 1, "backoff": 0.02, "longest_wait": 3.0}
    return CrawlSettings(**{**quick, "sources": sources, **changes})


def fetched(crawl: Crawl, codes: Sequence[str], *, batch: int = 200) -> dict[str, Fetch]:
    """The one Fetch of each infoCode."""
    left = list(codes)

    def supply(most: int) -> list[str]:
        given, left[:most] = left[:most], []
        return given

    fetches = [fetch for part in crawl.articles(supply, batch=batch) for fetch in part]
    by_code = {fetch.info_code: fetch for fetch in fetches}
    assert len(by_code) == len(fetches) == len(codes)
    return by_code


def plain(room: Newsroom) -> list[SourceArticle]:
    """The articles of a newsroom that have a text and nothing odd about it."""
    return [each for each in room.articles if not (each.page_only or each.extra) and each.body.strip()]


def told(fetch: Fetch) -> tuple[str | None, str]:
    """Outcome and reason."""
    return (str(fetch.outcome) if fetch.outcome else None), fetch.reason
