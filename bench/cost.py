"""What an article costs, stage by stage: CPU of each process, bytes in the database and on disk.

    .venv/bin/python bench/cost.py --articles 3000

A newsroom of its own without latency, a PostgreSQL of its own, one `ingest` of new articles. CPU is what counts for
scale: it does not depend on how long a source takes to answer.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, Final

import psutil
import psycopg

from finews.flows import fetch, write_behind
from finews.flows.ingest import ingest
from finews.flows.pipeline import Pipeline
from finews.newsroom import NewsroomProcess
from finews.schema.embedded import embedded_server
from finews.schema.settings import Settings

STAGES: Final = {
    "store payloads": (fetch, "_store"),
    "normalise and load": (fetch, "load_payloads"),
    "write posts": (write_behind, "publish_results"),
}
"""Stage → the module that calls for it, and the function that does it."""
TABLES: Final = ("links", "payloads", "articles", "events", "securities", "rechecks")


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=3000, help="articles to ingest")
    wanted = parser.parse_args().articles
    with (
        tempfile.TemporaryDirectory(prefix="finews-bench-", ignore_cleanup_errors=True) as folder,
        embedded_server(Path(folder) / "data") as address,
        NewsroomProcess(articles=wanted + wanted // 4, samples=False) as room,
    ):
        codes = [each.info_code for each in room.articles if each.medianame][:wanted]
        settings = Settings.load(home=Path(folder), database_url=address, sources=room.bases, processes=1)
        with Pipeline(settings, crawling=1) as pipeline, timed() as (cpu, wall):
            server = psutil.Process(
                int((Path(folder) / "data/postgres/postmaster.pid").read_text().split("\n")[0])
            )
            crawl = psutil.Process(pipeline.crawl.pids[0])
            before = (family_cpu(server), family_cpu(crawl), time.process_time(), time.perf_counter())
            report = ingest(pipeline, codes)
            spent = {
                "PostgreSQL": family_cpu(server) - before[0],
                "crawl": family_cpu(crawl) - before[1],
                "pipeline": time.process_time() - before[2],
            }
            took = time.perf_counter() - before[3]
        new = report.counts["new"]
        print(f"{new} new articles in {took:.1f} s: {new / took:.0f} a second, one crawl process\n")
        print(f"{'':24}{'ms of CPU an article':>22}{'ms waited for':>16}")
        for process, seconds in spent.items():
            print(f"{process:24}{1000 * seconds / new:22.2f}")
        for stage in STAGES:
            print(f"  of it {stage:16}{1000 * cpu[stage] / new:24.2f}{1000 * wall[stage] / new:16.2f}")
        with psycopg.connect(address) as connection:
            print("\nbytes an article in the database, with its indexes")
            for table in TABLES:
                size = connection.execute("select pg_total_relation_size(%s)", [table]).fetchone()
                assert size is not None
                print(f"{table:24}{size[0] / new:22.0f}")
        posts = [path.stat() for path in (Path(folder) / "site/_posts").iterdir()]
        print(f"{'post on disk':24}{sum(each.st_blocks * 512 for each in posts) / new:22.0f}")
        print(f"{'post':24}{sum(each.st_size for each in posts) / new:22.0f}")


@contextmanager
def timed() -> Iterator[tuple[dict[str, float], dict[str, float]]]:
    """CPU and wall-clock seconds of each stage in its thread, for as long as the block lasts.

    The threads that wait for the disk with the posts are counted with the pipeline alone.
    """
    cpu, wall = dict.fromkeys(STAGES, 0.0), dict.fromkeys(STAGES, 0.0)
    plain = {stage: getattr(module, name) for stage, (module, name) in STAGES.items()}

    def measured(stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def wrapped(*arguments: Any, **named: Any) -> Any:
            begun = time.thread_time(), time.perf_counter()
            try:
                return function(*arguments, **named)
            finally:
                cpu[stage] += time.thread_time() - begun[0]
                wall[stage] += time.perf_counter() - begun[1]

        return wrapped

    for stage, (module, name) in STAGES.items():
        setattr(module, name, measured(stage, plain[stage]))
    try:
        yield cpu, wall
    finally:
        for stage, (module, name) in STAGES.items():
            setattr(module, name, plain[stage])


def family_cpu(process: psutil.Process) -> float:
    """Seconds of CPU that a process and its children have used, those that have ended included."""
    total = 0.0
    for each in [process, *process.children(recursive=True)]:
        try:
            times = each.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += (
            times.user
            + times.system
            + (times.children_user + times.children_system if each == process else 0)
        )
    return total


if __name__ == "__main__":
    main()
