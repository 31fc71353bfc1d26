"""Keys: to the search, to the sections, through a list; never while somebody types, nor for those who want none."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.pipeline.desk import Desk
from tests.site.visits import Visit, visiting

pytestmark = pytest.mark.browser


@pytest.fixture
def visit(desk: Desk, address: str, browser: Browser) -> Iterator[Visit]:
    """A visit at the ledger, which has four runs."""
    desk.execute(
        "insert into runs (kind, host, pid, state, ended_at) select 'retry', 'vm', 1, 'ended', now() "
        "from generate_series(1, 4)"
    )
    with visiting(browser, address) as there:
        yield there


def press(page: Page, *keys: str) -> None:
    """Presses keys, one after the other."""
    for key in keys:
        page.keyboard.press(key)


def test_keys(visit: Visit) -> None:
    page = visit.open("/runs")

    def focused() -> str:
        return str(page.evaluate("document.activeElement.getAttribute('href') ?? document.activeElement.id"))

    press(page, "j")
    assert focused() == "/runs/4"
    press(page, "j", "j", "k", "j", "j", "j")
    assert focused() == "/runs/1"
    press(page, "k", "Enter")
    page.wait_for_url("**/runs/2")
    # In a field a letter is a letter.
    press(page, "/")
    assert focused() == "find"
    press(page, "g", "r", "/", "?")
    assert page.locator("#find").input_value() == "gr/?"
    assert page.url.endswith("/runs/2")
    press(page, "Escape", "g", "o")
    page.wait_for_url(f"{visit.site}/")
    # The list of keys, and back to where one was.
    press(page, "?")
    assert page.locator("#keys").is_visible()
    assert not visit.findings()
    press(page, "g", "r")
    assert page.url == f"{visit.site}/"
    press(page, "Escape")
    assert page.locator("#keys").is_hidden()
    # Letters with Ctrl are the browser's.
    press(page, "g", "Control+r")
    page.wait_for_load_state()
    assert page.url == f"{visit.site}/"
    # Whoever does not want them has none, on later pages too; the list itself stays.
    page.locator("#show-keys").click()
    page.locator("#single-keys").uncheck()
    page.locator("#keys button").click()
    visit.open("/runs")
    press(page, "j", "?", "g", "o")
    assert page.evaluate("document.activeElement === document.body")
    assert page.locator("#keys").is_hidden()
    assert page.url.endswith("/runs")
    page.locator("#show-keys").click()
    assert page.locator("#keys").is_visible()
    assert not visit.complaints
