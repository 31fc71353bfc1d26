"""Who acts: kept with what is forgotten, discarded and begun.

It is whoever is signed in at the console while a request of theirs is answered, or in a process that the console
started for them; else the user of this process.
"""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

VARIABLE: Final = "FINEWS_OPERATOR"
"""In the environment of a process that the console starts: for whom it works."""

_viewer: ContextVar[str] = ContextVar("viewer", default="")


def operator() -> str:
    """The name of whoever acts here."""
    return _viewer.get() or os.environ.get(VARIABLE) or process_user()


def process_user() -> str:
    """The name of this process's user."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def works_for_somebody() -> bool:
    """Whether the console started this process for one of its viewers, and has noted what they did."""
    return bool(os.environ.get(VARIABLE))


@contextmanager
def acting_as(name: str) -> Iterator[None]:
    """Within the block, and in threads that are given its context, `name` is who acts."""
    token = _viewer.set(name)
    try:
        yield
    finally:
        _viewer.reset(token)
