"""Work that is spread over processes, as their parent sees it."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator, Iterable, Iterator
from multiprocessing.connection import Connection, wait
from typing import Any, Final

from finews.flows.worker import Opener
from finews.schema.errors import WorkerDiedError
from finews.spiders.piped_process import PipedProcess

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


class _Worker(PipedProcess):
    """A worker process and the pieces that it was given."""

    def __init__(self, opener: Opener) -> None:
        # Its words are for the operator; standard output is for what the command has to say.
        super().__init__("finews.flows.worker", environment=os.environ, quiet=True)
        self.pipe: Connection[Any, Any] = Connection(self.ours.detach())
        self.given = 0
        self._send(opener)

    def ask_to_end(self) -> None:
        """Has the process end; one that is at work is interrupted, and gives back what it holds."""
        self.pipe.close()
        if self.given:
            self.terminate()

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
                self.last_words(), advice="Run the command again; it does what is left"
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
