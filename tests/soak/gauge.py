"""What each process costs, every few seconds: memory, open files, connections to the database."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import psutil
import psycopg


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One look, `at` seconds since the soak began.

    `memory` is USS in bytes: what these processes hold for themselves alone. RSS would count the libraries and
    PostgreSQL's shared buffers, which fill up with the data, once for each process. `files` are file descriptors.
    """

    at: float
    memory: int
    files: int
    connections: int = 0


Family = Callable[[], Sequence[psutil.Process]]


def alone(pid: int) -> Family:
    """The process itself."""
    process = psutil.Process(pid)
    return lambda: [process]


def children(pid: int) -> Family:
    """All that a process has started."""
    process = psutil.Process(pid)
    return lambda: process.children(recursive=True)


def with_children(pid: int) -> Family:
    """A process and all that it has started."""
    process = psutil.Process(pid)
    return lambda: [process, *process.children(recursive=True)]


class Gauge:
    """Looks at families of processes every `every` seconds, in a thread of its own, from `start` to `stop`.

    `database` is the address whose sessions called `finews` are counted as the worker's connections.
    """

    def __init__(
        self, families: Mapping[str, Family], *, database: str, worker: str, every: float, begun: float
    ) -> None:
        self._families, self._database, self._worker = families, database, worker
        self._every, self._begun = every, begun
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="gauge", daemon=True)
        self.series: dict[str, list[Sample]] = {name: [] for name in families}

    def start(self) -> None:
        """Begins."""
        self._thread.start()

    def stop(self) -> None:
        """Looks no more."""
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        with psycopg.connect(self._database, autocommit=True, application_name="soak gauge") as connection:
            while not self._over.wait(self._every):
                self._look(_sessions(connection))

    def _look(self, sessions: int) -> None:
        at = time.monotonic() - self._begun
        for name, family in self._families.items():
            try:
                costs = [cost for each in family() if (cost := _cost(each))]
            except psutil.NoSuchProcess:
                continue
            if costs:
                self.series[name].append(
                    Sample(
                        at=at,
                        memory=sum(memory for memory, _ in costs),
                        files=sum(files for _, files in costs),
                        connections=sessions if name == self._worker else 0,
                    )
                )


def _cost(process: psutil.Process) -> tuple[int, int] | None:
    try:
        memory = int(process.memory_full_info().uss)
        return (memory, process.num_fds()) if memory else None
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return None


def _sessions(connection: psycopg.Connection[tuple[int]]) -> int:
    row = connection.execute(
        "select count(*) from pg_stat_activity where application_name = 'finews' and datname = current_database()"
    ).fetchone()
    return row[0] if row else 0
