"""A console over a desk's database, newsroom and site; a client without scripts, and a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from finews.schema.database import Database
from finews.ui.app import create_app
from tests.pipeline.conftest import desk, newsroom, server
from tests.pipeline.desk import Desk
from tests.site.conftest import browser, pictures
from tests.ui.door import closed, console, somebody
from tests.ui.serving import served
from tests.ui.visitor import Visitor

__all__ = ["browser", "desk", "newsroom", "pictures", "server"]


@pytest.fixture
def address(desk: Desk) -> Iterator[str]:
    """Where a console without a password is served for this desk."""
    with served(create_app(desk.settings())) as base:
        yield base


@pytest.fixture(autouse=True)
def _nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """No process that a test starts reaches for the real source, whatever it was told."""
    monkeypatch.setenv("FINEWS_SOURCES", "http://127.0.0.1:9")


@pytest.fixture
def client(address: str) -> Iterator[Visitor]:
    """Somebody who reads English and asks that console; redirects are followed."""
    with Visitor(address) as asking:
        yield asking


@pytest.fixture
def door(desk: Desk) -> Iterator[str]:
    """The address of a console whose operator and viewer have passwords."""
    with console(desk.settings(**closed())) as address:
        yield address


@pytest.fixture
def operator(door: str) -> Iterator[Visitor]:
    """Its operator, signed in."""
    with somebody(door) as visitor:
        yield visitor


@pytest.fixture
def database(desk: Desk) -> Iterator[Database]:
    """The same database, from the command line's side."""
    with Database(desk.settings()) as opened:
        yield opened
