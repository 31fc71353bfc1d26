"""Fetch: the crawl processes alone, beside a bare Scrapy spider; what they fetch is dropped by both."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from bench.speed.figures import Figure, side_by_side
from bench.speed.source import Source
from finews.flows.workers import cores
from finews.spiders.crawl import Crawl
from finews.spiders.crawl_settings import CrawlSettings

PEERS: Final = Path(__file__).resolve().parents[1] / "peers"
WIDE: Final = 128
"""Open requests where the source takes its time: 50 ms each are then no limit for two cores."""


def fetch(source: Source, *, number: int, rounds: int) -> list[Figure]:
    """Articles a second of the crawl, one process a core, without latency."""
    codes = source.codes[:number]
    ours, beside, ratios = side_by_side(
        lambda: crawled(source.base, codes),
        lambda: bare_spider(source, source.base, number),
        rounds=rounds,
    )
    ceiling = source.ceiling()
    return [
        *([_ceiling(ceiling, ours)] if ceiling else []),
        Figure(
            stage="fetch",
            what="crawl, a process a core",
            unit="articles/s",
            ours=ours,
            limit="bare Scrapy spider, one process",
            beside=beside,
            ratios=ratios,
            target=1.8,
        ),
    ]


def _ceiling(ceiling: float, asked: float) -> Figure:
    return Figure(
        stage="source",
        what="nginx alone, asked by wrk",
        unit="answers/s",
        ours=ceiling,
        limit="what the crawl asks of it",
        beside=asked,
        ratios=(ceiling / asked,),
    )


def fetch_slowly(source: Source, *, number: int, rounds: int) -> list[Figure]:
    """The same with 50 ms a request: as many open requests as it takes for ours, the default of 16 for the spider."""
    slow = source.slow
    if slow is None:
        return []
    codes = source.codes[:number]
    ours, beside, ratios = side_by_side(
        lambda: crawled(slow, codes, concurrency=WIDE),
        lambda: bare_spider(source, slow, number),
        rounds=rounds,
    )
    return [
        Figure(
            stage="fetch, 50 ms",
            what=f"crawl, {WIDE} open requests",
            unit="articles/s",
            ours=ours,
            limit="bare Scrapy spider, 8 open requests",
            beside=beside,
            ratios=ratios,
            note="the spider's default is 8 open requests a host",
        )
    ]


def crawled(base: str, codes: Sequence[str], *, concurrency: int = 16, processes: int | None = None) -> float:
    """Articles a second that warm crawl processes fetch."""
    settings = CrawlSettings(sources=(base,), user_agent="finews-bench", concurrency=concurrency)
    with Crawl(settings, processes=processes or cores()) as crawl:
        # The first job pays for the connections and for robots.txt, as a worker's first one does.
        for _ in crawl.articles(supplied(codes[:20])):
            pass
        began, got = time.perf_counter(), 0
        for fetches in crawl.articles(supplied(codes)):
            got += sum(each.payload is not None and each.outcome is None for each in fetches)
        took = time.perf_counter() - began
    if got != len(codes):
        raise RuntimeError(f"{len(codes) - got} of {len(codes)} articles were not fetched")
    return got / took


def supplied(codes: Sequence[str]) -> Any:
    """What `Crawl.articles` asks for links."""
    left = list(codes)

    def supply(limit: int) -> Sequence[str]:
        some, left[:limit] = left[:limit], []
        return some

    return supply


def bare_spider(source: Source, base: str, number: int) -> float:
    """Articles a second of the bare spider, its start not counted."""
    told = peer("bare_spider.py", source, base, number)
    return float(told["articles"] / told["seconds"])


def peer(script: str, source: Source, base: str, number: int, *more: str, python: str = "") -> dict[str, Any]:
    """What a peer says of its run over so many articles; raises RuntimeError where it did not bring them all."""
    codes = source.codes_file(number)
    done = subprocess.run(
        [python or sys.executable, str(PEERS / script), "--base", base, "--codes", str(codes), *more],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{script} ended with {done.returncode}: {done.stderr[-500:]}")
    told: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    if told["handled"] < number:
        raise RuntimeError(f"{script} brought {told['handled']} of {number} articles")
    return told
