"""A reader's visit in a real browser: what a page asked for, what it complained of, how it looks and reads."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, Route

from tests.site.stock import PICTURE

Scheme = Literal["light", "dark"]
WIDTHS = {390: 844, 1280: 900}
"""Width → height of the window: a phone, a desk."""

_DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" width="2400" height="300"><rect width="2400" height="300"/></svg>'
_GRAVE = ("serious", "critical")


def launch(playwright: Playwright) -> Browser:
    """Debian's Chromium."""
    return playwright.chromium.launch(
        executable_path=shutil.which("chromium"),
        args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    )


@dataclass(kw_only=True)
class Visit:
    """An open page, the addresses that it asked of others than the site, and what went wrong on it."""

    page: Page
    site: str
    strangers: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Goes to a page of the site, and returns it when all that it names is loaded."""
        self.page.goto(self.site + path)
        return self.page

    def until(self, condition: str) -> None:
        """Waits until an expression holds in the page; Playwright's own way would need what the pages forbid."""
        end = time.monotonic() + 10
        while not self.page.evaluate(condition):
            assert time.monotonic() < end, condition
            self.page.wait_for_timeout(20)

    def overflow(self) -> int:
        """Pixels by which the page is wider than the window."""
        found: int = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        return found

    def findings(self) -> list[str]:
        """What axe finds serious or worse, one line each."""
        found: dict[str, Any] = Axe().run(self.page).response
        return [
            f"{each['id']}: {node['html'][:200]} ({node['failureSummary']})"
            for each in found["violations"]
            for node in each["nodes"]
            if each["impact"] in _GRAVE
        ]


@contextmanager
def visiting(
    browser: Browser, site: str, *, width: int = 1280, scheme: Scheme = "light", script: bool = True
) -> Iterator[Visit]:
    """A visit by somebody new. Nobody but the site is reached; an article's picture is drawn here."""
    context = browser.new_context(
        viewport={"width": width, "height": WIDTHS[width]},
        color_scheme=scheme,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        java_script_enabled=script,
    )
    visit = Visit(page=context.new_page(), site=site)

    def route(route: Route) -> None:
        address = route.request.url
        if address.startswith(f"{site}/"):
            route.continue_()
            return
        visit.strangers.append(address)
        if address == PICTURE:
            route.fulfill(body=_DRAWING, content_type="image/svg+xml")
        else:
            route.abort()

    def note(message: ConsoleMessage) -> None:
        # The browser's own line about a page that is not there is about the page that was asked for.
        lost = "404" in message.text and message.location.get("url") == visit.page.url
        if message.type in ("error", "warning") and not lost:
            visit.complaints.append(message.text)

    context.route("**/*", route)
    visit.page.on("console", note)
    visit.page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    visit.page.on("dialog", lambda dialog: visit.complaints.append(f"dialog: {dialog.message}"))
    try:
        yield visit
    finally:
        context.close()
