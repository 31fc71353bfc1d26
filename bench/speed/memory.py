"""Memory: the peak of each process of a backfill, with 1,000 articles and with a hundred times as many.

A backfill is the way for so many: its list is in the database. `ingest` names each article in its answer, and so keeps
a result for each.
"""

from __future__ import annotations

import re
import subprocess
import time
from pathlib import Path
from typing import Final

import psutil

from bench.speed.crawling import WIDE
from bench.speed.figures import Figure
from bench.speed.home import Home
from bench.speed.source import Source

_BETWEEN: Final = 0.1
"""Seconds between two looks at the processes."""
_KIBIBYTES: Final = re.compile(r"^(VmHWM|RssAnon):\s+(\d+) kB", re.MULTILINE)


def memory(source: Source, folder: Path, *, few: int, many: int) -> list[Figure]:
    """Peaks in MB: resident memory of pipeline and crawl, private memory of the largest PostgreSQL backend."""
    small = _peaks(source, folder / "memory-few", few)
    large = _peaks(source, folder / "memory-many", many)
    return [
        Figure(
            stage="memory",
            what=f"{role}, {many:,} articles",
            unit="MB",
            ours=large[role],
            limit=f"the same with {few:,}",
            beside=small[role],
            ratios=(large[role] / small[role],),
            target=1.15,
            at_most=True,
        )
        for role in sorted(large.keys() & small.keys())
    ]


def _peaks(source: Source, folder: Path, number: int) -> dict[str, float]:
    home = Home(
        folder=folder, base=source.base, settings={"concurrency": str(WIDE), "processes": "2"}
    ).prepared()
    process = home.started("backfill", "--file", str(source.codes_file(number)), "--yes")
    peaks: dict[str, float] = {}
    while process.poll() is None:
        for role, megabytes in _seen(process.pid, folder):
            peaks[role] = max(peaks.get(role, 0.0), megabytes)
        try:
            process.communicate(timeout=_BETWEEN)
        except subprocess.TimeoutExpired:
            time.sleep(0)
    if process.returncode:
        raise RuntimeError(f"a backfill of {number} ended with {process.returncode}")
    return peaks


def _seen(pid: int, folder: Path) -> list[tuple[str, float]]:
    seen = []
    try:
        crawls = psutil.Process(pid).children()
        seen.append(("pipeline process", _megabytes(pid, "VmHWM")))
        seen += [
            ("crawl process", _megabytes(each.pid, "VmHWM"))
            for each in crawls
            if "finews.spiders.child" in each.cmdline()
        ]
        server = int((folder / "home/postgres/postmaster.pid").read_text(encoding="ascii").split()[0])
        # Shared buffers fill up with whatever is there; what grows with the work would be private. Autovacuum takes
        # what `maintenance_work_mem` lets it have, once a table is large enough.
        seen += [
            ("PostgreSQL backend, private", _megabytes(each.pid, "RssAnon"))
            for each in psutil.Process(server).children()
            if "autovacuum" not in " ".join(each.cmdline())
        ]
    except (OSError, psutil.NoSuchProcess, IndexError):
        # It has just begun, or just ended.
        pass
    return seen


def _megabytes(pid: int, field: str) -> float:
    told = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return next((int(size) / 1024 for name, size in _KIBIBYTES.findall(told) if name == field), 0.0)
