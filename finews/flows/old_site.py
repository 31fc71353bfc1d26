"""The post files of a site folder, in the order of their names, read only."""

from __future__ import annotations

import errno
import heapq
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from finews.flows.place import ARCHIVE, LIVE
from finews.schema.payloads import MOST_BYTES

_NAMES_AT_A_TIME = 50_000
"""Names in memory. A folder is listed once for each such part of it, since its own order is anybody's guess."""


def count_posts(site: Path) -> int:
    """How many files `post_paths` finds; raises OSError."""
    return sum(1 for folder in (LIVE, ARCHIVE) for _ in _names(site / folder))


def post_paths(site: Path) -> Iterator[str]:
    """Paths relative to the site of all Markdown files in `_posts`, then in `old_post`; raises OSError."""
    for folder in (LIVE, ARCHIVE):
        after = ""
        while names := heapq.nsmallest(
            _NAMES_AT_A_TIME, (each for each in _names(site / folder) if each > after)
        ):
            for name in names:
                yield f"{folder}/{name}"
            after = names[-1]


def content_of(file: Path) -> bytes | str | None:
    """The bytes of a post file, a word for why it has none, or None where it is not there any more."""
    try:
        # Without waiting for a writer: somebody may have left a pipe there.
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                return "not_a_file"
            if status.st_size > MOST_BYTES:
                return "too_large"
            with os.fdopen(descriptor, "rb", closefd=False) as opened:
                return opened.read()
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        return None
    except OSError as error:
        return "not_a_file" if error.errno == errno.ELOOP else "unreadable"


def _names(folder: Path) -> Iterator[str]:
    if not folder.is_dir():
        return
    with os.scandir(folder) as entries:
        for entry in entries:
            name = entry.name
            # What a killed writer left, and what an editor keeps, begins with a dot.
            if name.endswith(".md") and not name.startswith("."):
                yield name
