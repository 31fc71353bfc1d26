"""A desk and its console that all tests of a module share: starting them costs seconds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from finews.newsroom import Newsroom
from tests.databases import Server
from tests.pipeline.desk import Desk


@contextmanager
def shared_desk(server: Server, folder: Path) -> Iterator[Desk]:
    """A desk with an empty newsroom and a database of its own."""
    with Newsroom(articles=()) as newsroom, server.database() as address:
        yield Desk(newsroom=newsroom, address=address, folder=folder)


@contextmanager
def asking(base: str) -> Iterator[httpx.Client]:
    """Somebody who reads English and asks the console there; redirects are followed."""
    with httpx.Client(
        base_url=base, follow_redirects=True, headers={"Accept-Language": "en"}, timeout=30
    ) as client:
        yield client
