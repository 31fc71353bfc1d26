"""A PostgreSQL server for the tests of the schema room."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.databases import Server, running_server


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """One PostgreSQL server for this test process."""
    with running_server() as running:
        yield running
