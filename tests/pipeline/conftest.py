"""A pipeline on a real newsroom and a real database, its site and data in folders of the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from finews.newsroom import Newsroom
from tests.databases import Server, running_server
from tests.pipeline.desk import Desk


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """One PostgreSQL server for this test process."""
    with running_server() as running:
        yield running


@pytest.fixture
def newsroom() -> Iterator[Newsroom]:
    """An empty newsroom with three mirrors; the test publishes what it needs."""
    with Newsroom(articles=()) as room:
        yield room


@pytest.fixture
def desk(server: Server, newsroom: Newsroom, tmp_path: Path) -> Iterator[Desk]:
    """An operator's desk: settings that name the newsroom, a fresh database, an empty site."""
    with ExitStack() as stack:
        address = stack.enter_context(server.database())
        yield Desk(newsroom=newsroom, address=address, folder=tmp_path)
