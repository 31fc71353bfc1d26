"""A worker process: `python -m finews.flows.worker FD`, where FD is its end of the parent's pipe.

It is told how to open its work, then does one piece after another. It ends when the pipe does, or when it is
asked to; Ctrl-C and a closed terminal are its parent's affair.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

Opener = Callable[[], AbstractContextManager[Callable[[Any], Any]]]
"""How a worker opens its work: a record that can be called, of a module that it can import."""


def main() -> None:
    """Runs until the parent is gone."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    # The parent started us with SIGINT held back, so that none comes before the line above.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    # What is imported stays: looking through it on the way would cost a twentieth of the start.
    gc.disable()
    try:
        # An interrupt, not an end: what is half written and what is leased is given back on the way out.
        signal.signal(signal.SIGTERM, _on_terminate)

        import logging
        from multiprocessing.connection import Connection

        logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
        logging.getLogger("psycopg.pool").setLevel(logging.ERROR)
        _work(Connection(int(sys.argv[1])))
    except (KeyboardInterrupt, EOFError, BrokenPipeError, ConnectionResetError):
        sys.exit(0)


def _work(pipe: Connection[Any, Any]) -> None:
    from finews.schema.errors import FinewsError

    try:
        opener: Opener = pipe.recv()
        with opener() as work:
            # Batches leave few cycles behind, and what was imported stays: looking through it again and again
            # would cost a twentieth of the work.
            gc.freeze()
            gc.set_threshold(50_000, 20, 20)
            gc.enable()
            while True:
                piece = pipe.recv()
                pipe.send((True, work(piece)))
    except EOFError:
        raise
    except FinewsError as error:
        pipe.send((False, (type(error), error.detail, error.advice)))
    except Exception as error:  # noqa: BLE001 - the parent tells it
        words = traceback.format_exc() if os.environ.get("FINEWS_DEBUG") else ""
        pipe.send((False, (None, f"{type(error).__name__}: {error}", words)))


def _on_terminate(_number: int, _frame: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
