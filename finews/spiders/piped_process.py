"""A process of our own at the other end of a pipe, as its parent sees it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_ROOT: Final = Path(__file__).resolve().parents[2]
_PATIENCE: Final = 5.0
"""Seconds between asking a process to end and making it."""


class PipedProcess:
    """`python -m MODULE FD`, started at once, where FD is the process's end of the pipe.

    It is started with SIGINT held back, and unblocks it once it ignores it: a Ctrl-C during its start is ours.
    With `quiet` its standard output goes nowhere.
    """

    def __init__(self, module: str, *, environment: Mapping[str, str], quiet: bool = False) -> None:
        self.ours, theirs = socket.socketpair()
        """Our end."""
        path = os.pathsep.join(filter(None, [str(_ROOT), environment.get("PYTHONPATH")]))
        with theirs, _interrupts_held_back():
            self._process = self._started(
                module, theirs.fileno(), environment={**environment, "PYTHONPATH": path}, quiet=quiet
            )

    @staticmethod
    def _started(
        module: str, end: int, *, environment: Mapping[str, str], quiet: bool
    ) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", module, str(end)],
            pass_fds=[end],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if quiet else None,
            env=environment,
        )

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    def terminate(self) -> None:
        """Asks it to end, whatever it is doing."""
        self._process.terminate()

    def end(self) -> None:
        """Waits for its end, and makes it."""
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def last_words(self) -> str:
        """`signal 9`, `exit status 1`: how it ended that was not asked to."""
        try:
            status = self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            return f"process {self.pid} closed its pipe"
        return f"signal {-status}" if status < 0 else f"exit status {status}"


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
