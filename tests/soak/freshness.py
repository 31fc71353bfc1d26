"""How soon a post is on disk: `python -m tests.soak.freshness [--minutes 10] [--interval 10] [--rate 2]`.

A live newsroom, one long-lived worker that polls every `interval` seconds, and somebody who looks into the site's
folder and trusts no clock of the pipeline. `make freshness` runs it and prints the distribution; exit status 1 where
fewer than 95 % of the posts were on disk within the interval and five seconds.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg

from finews.newsroom import NewsroomProcess
from tests.databases import running_server
from tests.soak.author import Author
from tests.soak.worker_process import WorkerProcess

MARGIN: Final = 5.0
"""Seconds beyond the poll interval."""
ENOUGH: Final = 0.95
_LOOKS: Final = 0.1
"""Seconds between two looks into the folder: no delay is known better."""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Seconds from publication at the source to the post on disk, of each article, in order of size.

    `lost` are infoCodes that had no post in the end. `told` is what the pipeline itself says: (p50, p95, articles).
    `polls` is how long each poll took, in seconds.
    """

    interval: float
    delays: tuple[float, ...]
    lost: tuple[str, ...]
    told: tuple[float, float, int]
    polls: tuple[float, ...]

    @property
    def in_time(self) -> float:
        """The part of all articles whose post was on disk within the interval and the margin."""
        soon = sum(delay <= self.interval + MARGIN for delay in self.delays)
        return soon / max(1, len(self.delays) + len(self.lost))

    def quantile(self, part: float) -> float:
        """The delay within which this part of the posts was on disk."""
        return self.delays[min(len(self.delays) - 1, int(part * len(self.delays)))]


class Watcher:
    """Notes when each post first lies in the folder, by the monotonic clock, from `start` to `stop`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)
        self.seen: dict[str, float] = {}

    def start(self) -> None:
        """Begins."""
        self._thread.start()

    def stop(self) -> None:
        """Looks once more, and then no more."""
        self._over.set()
        self._thread.join()
        self._look()

    def _run(self) -> None:
        while not self._over.wait(_LOOKS):
            self._look()

    def _look(self) -> None:
        if self._folder.is_dir():
            now = time.monotonic()
            names = os.listdir(self._folder)  # noqa: PTH208 - names are all that is wanted
            for name in names:
                if name.endswith(".md") and not name.startswith("."):
                    # The infoCode's digits are the end of the name, with NW or, in rolling news, without.
                    self.seen.setdefault(name[-21:-3], now)


def measure(*, seconds: float, interval: float, rate: float, seed: int = 0) -> Measured:
    """Lets the newsroom live for so long, in fair weather, and then polls until all is here or an interval is over."""
    with ExitStack() as stack:
        server = stack.enter_context(running_server(durable=True))
        address = stack.enter_context(server.database())
        newsroom = stack.enter_context(NewsroomProcess(samples=False))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="finews-fresh-")))
        worker = stack.enter_context(
            WorkerProcess(
                {
                    "FINEWS_HOME": str(folder),
                    "FINEWS_SETTINGS_FILE": os.devnull,
                    "FINEWS_DATABASE_URL": address,
                    "FINEWS_SITE_DIR": str(folder / "site"),
                    "FINEWS_SOURCES": ",".join(newsroom.bases),
                    "FINEWS_FEED_COUNT": "200",
                    "FINEWS_POLL_SECONDS": str(interval),
                }
            )
        )
        author = Author(newsroom, seed=seed, rate=rate)
        watcher = Watcher(folder / "site" / "_posts")
        worker.ask("poll")
        for part in (author, watcher):
            part.start()
            stack.callback(part.stop)
        begun = time.monotonic()
        polls = _poll(worker, begun, seconds, interval)
        author.stop()
        # What appeared last has its interval too.
        polls += _poll(worker, time.monotonic(), interval + MARGIN, interval)
        watcher.stop()
        published = {
            code: story.published
            for code, story in author.stories.items()
            if story.expected == "new" and story.listed
        }
        return Measured(
            interval=interval,
            delays=tuple(
                sorted(watcher.seen[c[2:]] - at for c, at in published.items() if c[2:] in watcher.seen)
            ),
            lost=tuple(code for code in published if code[2:] not in watcher.seen),
            told=_told(address),
            polls=tuple(polls),
        )


def _poll(worker: WorkerProcess, begun: float, seconds: float, interval: float) -> list[float]:
    """Polls every `interval` seconds, as a schedule does; returns how long each poll took."""
    lengths: list[float] = []
    due = begun + interval
    while due <= begun + seconds:
        time.sleep(max(0.0, due - time.monotonic()))
        at = time.monotonic()
        worker.ask("poll")
        lengths.append(time.monotonic() - at)
        due = max(due + interval, time.monotonic())
    return lengths


def _told(address: str) -> tuple[float, float, int]:
    with psycopg.connect(address) as connection:
        row = connection.execute(
            """
            select percentile_cont(0.5) within group (order by extract(epoch from published_at - moment)),
                   percentile_cont(0.95) within group (order by extract(epoch from published_at - moment)),
                   count(*)
            from articles where published_at is not null
            """
        ).fetchone()
    assert row is not None
    return float(row[0] or 0), float(row[1] or 0), int(row[2])


def rendered(measured: Measured) -> str:
    """The distribution, and whether it is well."""
    limit = measured.interval + MARGIN
    lines = [
        f"Polls every {measured.interval:g} s; {len(measured.delays)} posts, {len(measured.lost)} articles without."
    ]
    if measured.polls:
        lines.append(
            f"A poll took {statistics.median(measured.polls):.2f} s (median), {max(measured.polls):.2f} s at most."
        )
    if measured.delays:
        steps = (0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)
        quantiles = ", ".join(f"{part:.0%} {measured.quantile(part):.2f} s" for part in steps)
        lines.append(f"On disk after: {quantiles}, all {measured.delays[-1]:.2f} s.")
        width = limit / 10
        for place in range(int(measured.delays[-1] / width) + 1):
            number = sum(place * width <= each < (place + 1) * width for each in measured.delays)
            bar = "#" * round(60 * number / len(measured.delays))
            lines.append(f"  {place * width:5.1f} to {(place + 1) * width:5.1f} s  {number:5}  {bar}")
    p50, p95, articles = measured.told
    lines.append(f"The pipeline itself says: 50% {p50:.2f} s, 95% {p95:.2f} s, of {articles} articles.")
    verdict = "well" if measured.in_time >= ENOUGH else "NOT WELL"
    lines.append(f"{measured.in_time:.1%} within {limit:g} s, {ENOUGH:.0%} wanted: {verdict}.")
    return "\n".join(lines)


def main() -> int:
    """See above."""
    parser = argparse.ArgumentParser(prog="make freshness", description="How soon a post is on disk.")
    parser.add_argument("--minutes", type=float, default=10.0, help="how long (10)")
    parser.add_argument("--interval", type=float, default=10.0, help="seconds between two polls (10)")
    parser.add_argument("--rate", type=float, default=2.0, help="articles a second (2)")
    options = parser.parse_args()
    measured = measure(seconds=options.minutes * 60, interval=options.interval, rate=options.rate)
    print(rendered(measured))
    return int(measured.in_time < ENOUGH)


if __name__ == "__main__":
    sys.exit(main())
