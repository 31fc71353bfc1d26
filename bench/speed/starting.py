"""One link cold: from an empty process to its post on disk, beside what importing the two libraries takes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bench.speed.figures import Figure, side_by_side
from bench.speed.home import Home
from bench.speed.source import Source
from finews.schema.embedded import embedded_server


def cold(source: Source, folder: Path, *, rounds: int) -> list[Figure]:
    """Seconds of `ingest LINK`: with a database that runs, and with the embedded server to be started and stopped."""
    links = iter(source.codes[-200:])
    with embedded_server(folder / "cold-server") as address:
        running = Home(
            folder=folder / "cold", base=source.base, settings={"database_url": address}
        ).prepared()
        figures = [_figure("a database that runs", running, links, rounds, target=3.0)]
    own = Home(folder=folder / "cold-own", base=source.base).prepared()
    return [*figures, _figure("its own server started and stopped", own, links, rounds, target=None)]


def _figure(what: str, home: Home, links: Iterator[str], rounds: int, *, target: float | None) -> Figure:
    mine, beside, ratios = side_by_side(
        lambda: home.finews("ingest", next(links)).seconds, _imported, rounds=rounds
    )
    return Figure(
        stage="one link cold",
        what=what,
        unit="s",
        ours=mine,
        limit="python -c 'import scrapy, psycopg'",
        beside=beside,
        ratios=ratios,
        target=target,
        at_most=True,
    )


def _imported() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import scrapy, psycopg"], check=True, env=dict(os.environ))
    return time.perf_counter() - began
