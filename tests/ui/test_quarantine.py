"""Quarantine in the console: looked at, replayed, discarded and taken back, by clicks and without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page

from finews.newsroom import Newsroom
from finews.ui.app import create_app
from tests.databases import Server
from tests.pipeline.desk import Desk
from tests.site.visits import visiting
from tests.ui.quarantine_stock import LACKS_TITLE, code, fill
from tests.ui.serving import served


@pytest.fixture(scope="module")
def kept(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk whose quarantine holds something of every kind; tests take from it what they change."""
    with ExitStack() as stack:
        newsroom = stack.enter_context(Newsroom(articles=()))
        address = stack.enter_context(server.database())
        desk = Desk(newsroom=newsroom, address=address, folder=tmp_path_factory.mktemp("desk"))
        fill(desk)
        yield desk


@pytest.fixture(scope="module")
def base(kept: Desk) -> Iterator[str]:
    """Where its console is served."""
    with served(create_app(kept.settings())) as base:
        yield base


@pytest.fixture
def asking(base: str) -> Iterator[httpx.Client]:
    """Somebody who reads English, without scripts; redirects are followed."""
    with httpx.Client(
        base_url=base, follow_redirects=True, headers={"Accept-Language": "en"}, timeout=60
    ) as client:
        yield client


def overview(page: Page) -> None:
    page.goto("/quarantine")


@pytest.mark.browser
@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("quarantine", "/quarantine"),
        ("quarantine-reason", "/quarantine?reason=body_empty"),
        ("quarantine-item", f"/quarantine/{code(LACKS_TITLE)}"),
        ("quarantine-encoding", f"/quarantine/{code(7)}"),
    ],
)
def test_pages_are_readable(browser: Browser, base: str, pictures: Path, name: str, path: str) -> None:
    for width, scheme in ((390, "light"), (1280, "light"), (1280, "dark")):
        with visiting(browser, base, width=width, scheme=scheme) as visit:
            visit.open(path)
            dark = "-dark" if scheme == "dark" else ""
            visit.page.screenshot(path=pictures / f"console-{name}-{width}{dark}.png", full_page=True)
            assert visit.overflow() <= 0
            assert visit.findings() == []
            assert visit.complaints == []
