"""A poll that finds nothing new, in a worker that is warm: requests, rows written, CPU."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

import psutil
import requests
from psycopg import sql

from bench.speed.figures import Figure, side_by_side
from bench.speed.source import Source
from finews.flows.pipeline import Pipeline
from finews.flows.poll import poll
from finews.schema.database import Database
from finews.schema.records import FEEDS
from finews.schema.settings import Settings
from finews.spiders.addresses import feed_path

_POLLS: Final = 25
"""Polls and readings a round."""
_TOLD_AFTER: Final = 11.0
"""Seconds after which the server knows of every row that was written."""


def polling(source: Source, folder: Path, *, rounds: int) -> list[Figure]:
    """Requests, rows and CPU milliseconds of a poll; the bare client reads and parses the same five feeds in full."""
    settings = Settings.load(home=folder / "polls", sources=(source.base,))
    with Pipeline(settings, crawling=1) as pipeline, requests.Session() as client:
        # The first brings what the feeds list, the second finds that there is nothing more.
        poll(pipeline)
        quiet = poll(pipeline)
        if quiet.counts["new"]:
            raise RuntimeError("a poll with nothing new was to be measured")
        poll(pipeline)
        before = _written(pipeline.database)
        report = poll(pipeline)
        rows = {
            table: number - before.get(table, 0)
            for table, number in _written(pipeline.database).items()
            if number > before.get(table, 0) and not table.startswith("stage_")
        }
        crawl = psutil.Process(pipeline.crawl.pids[0])

        def ours() -> float:
            began = time.process_time() + _cpu(crawl)
            for _ in range(_POLLS):
                poll(pipeline)
            return 1000 * (time.process_time() + _cpu(crawl) - began) / _POLLS

        def bare() -> float:
            began = time.process_time()
            for _ in range(_POLLS):
                for name in FEEDS:
                    client.get(f"{source.base}{feed_path(name, settings.feed_count)}", timeout=10).json()
            return 1000 * (time.process_time() - began) / _POLLS

        mine, beside, ratios = side_by_side(ours, bare, rounds=rounds)
    written = ", ".join(f"{number} in {table}" for table, number in sorted(rows.items()))
    return [
        Figure(
            stage="poll, nothing new",
            what="CPU of worker and crawl process",
            unit="ms",
            ours=mine,
            limit="requests.Session reads and parses the five feeds",
            beside=beside,
            ratios=ratios,
            target=2.0,
            at_most=True,
        ),
        Figure(
            stage="poll, nothing new",
            what="HTTP requests",
            unit="requests",
            ours=report.requests,
            limit="one a feed",
            beside=len(FEEDS),
            ratios=(report.requests / len(FEEDS),),
            target=1.0,
            at_most=True,
        ),
        Figure(
            stage="poll, nothing new",
            what="rows written",
            unit="rows",
            ours=sum(rows.values()),
            limit="one run",
            beside=1,
            ratios=(float(sum(rows.values())),),
            target=1.0,
            at_most=True,
            note=written,
        ),
    ]


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _written(database: Database) -> dict[str, int]:
    """Table → rows inserted, changed and removed so far, as the server has counted."""
    with database.transaction() as connection:
        # An idle connection tells what it has counted after ten seconds.
        time.sleep(_TOLD_AFTER)
        connection.execute("select pg_stat_clear_snapshot()")
        return dict(
            connection.execute(
                sql.SQL("select relname::text, n_tup_ins + n_tup_upd + n_tup_del from pg_stat_user_tables")
            ).fetchall()
        )
