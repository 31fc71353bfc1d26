"""Who acts: kept with what is forgotten and discarded."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_NAMED: ContextVar[str] = ContextVar("operator", default="")


def operator() -> str:
    """The name of whoever this is done for: an operator of the console, else this process's user."""
    if name := _NAMED.get() or os.environ.get("FINEWS_OPERATOR"):
        return name
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


@contextmanager
def acting_for(name: str) -> Iterator[None]:
    """For the block, what is done is done in somebody's name."""
    before = _NAMED.set(name)
    try:
        yield
    finally:
        _NAMED.reset(before)


def works_for_a_viewer() -> bool:
    """Whether the console started this process for one of its viewers, and has noted what they did."""
    return bool(os.environ.get("FINEWS_OPERATOR"))
