"""One newsroom and one crawl process for many proofs: both are told anew what to be for each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from finews.newsroom import Newsroom
from finews.spiders.crawl import Crawl


@pytest.fixture(scope="package")
def served() -> Iterator[Newsroom]:
    """A newsroom with the samples; proofs take it as `room`."""
    with Newsroom() as room:
        yield room


@pytest.fixture
def room(served: Newsroom) -> Newsroom:
    """A newsroom without faults, which has seen no request."""
    served.clear_faults()
    served.forget_requests()
    return served


@pytest.fixture(scope="package")
def crawl() -> Iterator[Crawl]:
    """A crawl that each proof configures for itself."""
    with Crawl() as crawl:
        yield crawl
