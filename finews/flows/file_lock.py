"""A lock on a file or folder of this machine, which a holder's child processes hold with it."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from finews.schema.errors import BusyError

_BETWEEN_LOOKS = 0.1


@contextmanager
def file_lock(path: Path, *, seconds: float, busy: str) -> Iterator[int]:
    """Holds the lock of `path`, a folder or a file that is made where it is missing; yields its descriptor.

    Who inherits the descriptor holds the lock too: it is free only when all of them are gone, however they ended.
    Raises BusyError with the words `busy` where somebody else has it for more than `seconds`.
    """
    flags = os.O_RDONLY if path.is_dir() else os.O_RDWR | os.O_CREAT
    descriptor = os.open(path, flags | os.O_CLOEXEC, 0o644)
    try:
        deadline = time.monotonic() + seconds
        while not _taken(descriptor):
            if time.monotonic() > deadline:
                raise BusyError(busy, advice="Run the command again once it is done")
            time.sleep(_BETWEEN_LOOKS)
        yield descriptor
    finally:
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
