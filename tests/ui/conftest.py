"""A console over a desk's database, newsroom and site; a client without scripts, and a browser."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from finews.ui.app import create_app
from tests.pipeline.conftest import desk, newsroom, server
from tests.pipeline.desk import Desk
from tests.site.visits import launch
from tests.ui.serving import served
from tests.ui.visitor import Visitor

__all__ = ["desk", "newsroom", "server"]


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


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all tests of a module: mark it `browser`."""
    with sync_playwright() as playwright:
        running = launch(playwright)
        yield running
        running.close()


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where pictures of the pages go: FINEWS_TEST_PICTURES where somebody wants to see them."""
    folder = Path(os.environ.get("FINEWS_TEST_PICTURES") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
