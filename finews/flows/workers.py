"""Work that is spread over processes, as their parent sees it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Generator, Iterable, Iterator
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, Final

from finews.flows.worker import Opener
from finews.schema.errors import WorkerDiedError

_ROOT: Final = Path(__file__).resolve().parents[2]
_PATIENCE: Final = 5.0
"""Seconds between asking a process to end and making it."""
_AHEAD: Final = 2
"""Pieces that a worker has been given: the one it is at, and the one it goes on with."""


def cores() -> int:
    """How many processes may run at a time on this machine."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def spread(opener: Opener, pieces: Iterable[Any], *, processes: int) -> Generator[Any, None, None]:
    """Has the pieces done by worker processes, and yields what came of each, in the order in which they are done.

    Pieces are taken from `pieces` as they are needed. Raises WorkerDiedError when a worker ends by itself, and
    what a worker raised; then, and when the caller stops, no worker is left.
    """
    waiting = iter(pieces)
    workers: list[_Worker] = []
    try:
        workers.extend(_Worker(opener) for _ in range(processes))
        by_pipe: dict[Any, _Worker] = {each.pipe: each for each in workers}
        for worker in workers * _AHEAD:
            worker.give(waiting)
        while busy := [each.pipe for each in workers if each.given]:
            for pipe in wait(busy):
                worker = by_pipe[pipe]
                found = worker.take()
                worker.give(waiting)
                yield found
    finally:
        for worker in workers:
            worker.ask_to_end()
        for worker in workers:
            worker.end()


class _Worker:
    """A worker process and the pieces that it was given."""

    def __init__(self, opener: Opener) -> None:
        self.pipe: Connection[Any, Any]
        self.pipe, theirs = Pipe(duplex=True)
        self.given = 0
        # The child inherits the mask, and unblocks SIGINT once it ignores it: a Ctrl-C during its start is ours.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            with theirs:
                self._process = subprocess.Popen(
                    [sys.executable, "-P", "-m", "finews.flows.worker", str(theirs.fileno())],
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    # Its words are for the operator; standard output is for what the command has to say.
                    stdout=subprocess.DEVNULL,
                    env=os.environ | {"PYTHONPATH": _python_path()},
                )
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        self._send(opener)

    def ask_to_end(self) -> None:
        """Has the process end; one that is at work is interrupted, and gives back what it holds."""
        self.pipe.close()
        if self.given:
            self._process.terminate()

    def end(self) -> None:
        """Waits for its end, and makes it."""
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def give(self, pieces: Iterator[Any]) -> None:
        """Gives the next piece where there is one."""
        for piece in pieces:
            self._send(piece)
            self.given += 1
            return

    def take(self) -> Any:
        """What came of the piece that was given first, waited for."""
        try:
            fine, found = self.pipe.recv()
        except (EOFError, OSError):
            raise WorkerDiedError(
                self._last_words(), advice="Run the command again; it does what is left"
            ) from None
        if not fine:
            kind, detail, advice = found
            if kind is None:
                sys.stderr.write(advice)
                raise RuntimeError(detail)
            raise kind(detail, advice=advice)
        self.given -= 1
        return found

    def _send(self, message: Any) -> None:
        try:
            self.pipe.send(message)
        except (BrokenPipeError, ConnectionResetError):
            # A dead worker is noticed by `take`, after all that it had to say.
            return

    def _last_words(self) -> str:
        try:
            status = self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            return f"process {self._process.pid} closed its pipe"
        return f"signal {-status}" if status < 0 else f"exit status {status}"


def _python_path() -> str:
    return os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")]))
