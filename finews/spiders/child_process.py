"""A crawl process as its parent sees it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

from finews.schema.errors import CrawlDiedError

from .exchange import read, write

_ROOT: Final = Path(__file__).resolve().parents[2]
_PATIENCE: Final = 5.0
"""Seconds between asking a process to end and making it."""


class ChildProcess:
    """Started at once; its start takes a good part of a second, which the parent may use for its own."""

    def __init__(self) -> None:
        self.pipe: Connection[bytes, bytes]
        self.pipe, theirs = Pipe(duplex=True)
        with theirs, _interrupts_held_back():
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "finews.spiders.child", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env=_environment(),
            )

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    def send(self, header: Mapping[str, Any]) -> None:
        """Sends a message; a dead process is noticed by `receive`, after all that it had to say."""
        try:
            write(self.pipe, header)
        except (BrokenPipeError, ConnectionResetError):
            return

    def receive(self) -> tuple[dict[str, Any], bytes]:
        """The next message, waited for; raises CrawlDiedError when none can come any more."""
        try:
            return read(self.pipe)
        except (EOFError, OSError):
            raise CrawlDiedError(self._last_words()) from None

    def close(self) -> None:
        """Ends the process, whatever it is doing, and waits for it."""
        self.pipe.close()
        self._process.terminate()
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _last_words(self) -> str:
        try:
            status = self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            return f"process {self.pid} closed its pipe"
        return f"signal {-status}" if status < 0 else f"exit status {status}"


def _environment() -> dict[str, str]:
    """What a crawl may know of ours: nothing of databases and orchestrators, for it reads strangers' bytes."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("FINEWS_", "PREFECT_", "PG"))
    }
    inherited = kept.get("PYTHONPATH")
    return {**kept, "PYTHONPATH": os.pathsep.join(filter(None, [str(_ROOT), inherited]))}


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    # The child inherits the mask, and unblocks SIGINT once it ignores it: a Ctrl-C during its start is ours.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
