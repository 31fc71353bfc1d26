"""A desk and its console that all tests of a module share: starting them costs seconds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from finews.newsroom import Newsroom
from tests.databases import Server
from tests.pipeline.desk import Desk


@contextmanager
def shared_desk(server: Server, folder: Path) -> Iterator[Desk]:
    """A desk with an empty newsroom and a database of its own."""
    with Newsroom(articles=()) as newsroom, server.database() as address:
        yield Desk(newsroom=newsroom, address=address, folder=folder)
