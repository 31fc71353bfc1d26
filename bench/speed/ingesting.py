"""The whole pipeline, `finews ingest --file`: fetch, payload, normalise, load, posts on disk, as one process."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path
from statistics import median
from typing import Final

from bench.speed.crawling import PEERS, WIDE, bare_spider, peer
from bench.speed.figures import Figure, side_by_side
from bench.speed.home import Home
from bench.speed.source import Source

PEERS_PYTHON: Final = PEERS / ".venv/bin/python"
_NUMBERS = count()
_WIDE: Final = {"concurrency": str(WIDE)}
_TIMES: Final = {"news-please, library": 10.0, "newspaper4k": 10.0}
"""Peers with a target: news-please in its faster way, and one that takes a page apart as thoroughly as it does."""


def pipeline(source: Source, folder: Path, *, number: int, rounds: int) -> list[Figure]:
    """Articles a second of the whole process, its start and end included, beside the bare spider without them."""
    ours, beside, ratios = side_by_side(
        lambda: ingested(source, source.base, folder, number),
        lambda: bare_spider(source, source.base, number),
        rounds=rounds,
    )
    return [
        Figure(
            stage="pipeline",
            what=f"ingest --file of {number:,}, whole process",
            unit="articles/s",
            ours=ours,
            limit="bare Scrapy spider that drops all",
            beside=beside,
            ratios=ratios,
            target=1.2,
        )
    ]


def against_peers(source: Source, folder: Path, *, number: int, rounds: int) -> list[Figure]:
    """The same beside what others make of the same pages; `number` articles for the others, ten times as many for us.

    A rate of ours needs articles enough that its start does not count; the others would take an hour for them.
    """
    ours = median(ingested(source, source.base, folder, 10 * number) for _ in range(rounds))
    figures = [
        _beside(ours, "pipeline", name, [rate() for _ in range(rounds)], _TIMES.get(name))
        for name, rate in _peers(source, folder, number).items()
    ]
    if source.slow:
        slow = source.slow
        mine = median(ingested(source, slow, folder, 10 * number) for _ in range(rounds))
        scripts = [_script(source, slow, folder, number) for _ in range(rounds)]
        figures.append(_beside(mine, "pipeline, 50 ms", "script, one article after the other", scripts, 15.0))
    return figures


def ingested(source: Source, base: str, folder: Path, number: int, *, first: int = 0) -> float:
    """Articles a second of an `ingest` into an empty database that was made before."""
    home = Home(folder=folder / f"home-{next(_NUMBERS)}", base=base, settings=_WIDE).prepared()
    return ingested_into(home, source, number, first=first)


def ingested_into(home: Home, source: Source, number: int, *, first: int = 0) -> float:
    """Articles a second of an `ingest` of so many articles that are not there yet, from the `first` on."""
    told = home.finews("ingest", "--file", str(source.codes_file(number, first=first)))
    if told.answer["new"] != number:
        raise RuntimeError(f"{number} articles were to be new, {told.answer['new']} are")
    return number / told.seconds


def _beside(ours: float, stage: str, limit: str, rates: list[float], target: float | None) -> Figure:
    return Figure(
        stage=stage,
        what="ingest --file, whole process",
        unit="articles/s",
        ours=ours,
        limit=limit,
        beside=median(rates),
        ratios=tuple(ours / rate for rate in rates),
        target=target,
    )


def need_peers() -> None:
    """Raises RuntimeError where the programs to measure against are not installed."""
    if not PEERS_PYTHON.exists():
        raise RuntimeError("the programs to measure against are not there: `make bench-peers` installs them")


def _peers(source: Source, folder: Path, number: int) -> dict[str, Callable[[], float]]:
    python = str(PEERS_PYTHON)

    def handled(script: str, *more: str) -> float:
        told = peer(script, source, source.base, number, *more, python=python)
        return float(told["handled"] / told["seconds"])

    return {
        "news-please, library": lambda: handled("news_please_peer.py"),
        "news-please with PostgreSQL": lambda: _news_please(handled, folder),
        "newspaper4k": lambda: handled("newspaper_peer.py"),
        "fundus": lambda: handled("fundus_peer.py"),
    }


def _news_please(handled: Callable[..., float], folder: Path) -> float:
    from finews.schema.embedded import embedded_server

    with embedded_server(folder / "news-please") as address:
        return handled("news_please_postgres.py", "--database", address)


def _script(source: Source, base: str, folder: Path, number: int) -> float:
    told = peer("cron_script.py", source, base, number, "--folder", str(folder / "script"))
    return float(told["articles"] / told["seconds"])
