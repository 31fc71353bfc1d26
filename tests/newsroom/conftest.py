"""Rooms for the tests: one that is only read, and one for each test that changes things."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from finews.newsroom import Newsroom


@pytest.fixture(scope="module")
def quiet() -> Iterator[Newsroom]:
    """A newsroom with the samples that no test changes."""
    with Newsroom() as room:
        yield room


@pytest.fixture
def room() -> Iterator[Newsroom]:
    """A newsroom with the samples for one test alone."""
    with Newsroom() as room:
        yield room
