"""A real `finews up`, as its operator sees it: what it says, what runs, and what is left."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from tests.pipeline.desk import ROOT


class Up:
    """A started `finews up`; `said` are its lines so far."""

    def __init__(self, home: Path, *words: str, environment: Mapping[str, str]) -> None:
        self.home = home
        self.said: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "finews.flows.command_line", "up", *words],
            env=environment,
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for(self, pattern: str, seconds: float = 150) -> str:
        """The first line that fits, once it is there; fails where it does not come."""
        give_up = time.monotonic() + seconds
        while True:
            for line in self.said:
                if re.search(pattern, line):
                    return line
            assert time.monotonic() < give_up, "".join(self.said)
            assert self.process.poll() is None, "".join(self.said)
            time.sleep(0.1)

    @property
    def port(self) -> int:
        """The port of its Prefect server."""
        return int(self.wait_for(r"^Prefect .*:\d+").rpartition(":")[2])

    def processes(self) -> list[psutil.Process]:
        """All that runs for this folder, besides `up` itself."""
        return [each for each in processes_of(self.home) if each.pid != self.process.pid]

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        """Sends a signal and waits for the end of `up`; returns its exit status."""
        self.process.send_signal(number)
        status = self.process.wait(90)
        self._reader.join(60)
        return status

    def close(self) -> None:
        """Once all of it has ended."""
        self.process.wait()
        self._reader.join(60)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)


@contextmanager
def up(home: Path, *words: str, **given: str) -> Iterator[Up]:
    """A `finews up` in a folder of its own; whatever is left of it at the end of the block is killed."""
    home.mkdir(exist_ok=True)
    environment = os.environ | {"PYTHONPATH": str(ROOT), "FINEWS_HOME": str(home), **given}
    started = Up(home, *words, environment=environment)
    try:
        yield started
    finally:
        started.process.kill()
        for each in processes_of(home):
            with suppress(psutil.NoSuchProcess):
                each.kill()
        started.close()


def processes_of(home: Path) -> list[psutil.Process]:
    """The processes that have a folder in their words or their environment, PostgreSQL's sessions left aside."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
                continue
            words = [*process.cmdline(), process.environ().get("FINEWS_HOME", "")]
            if any(str(home) in word for word in words):
                found.append(process)
    return found


def wait_until(condition: Callable[[], bool], seconds: float = 120) -> None:
    """Waits until something holds; fails where it does not in time."""
    give_up = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up
        time.sleep(0.1)
