"""Signing in with a real browser, in Chinese, with and without scripts; how the pages look."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.pipeline.desk import Desk
from tests.site.visits import visiting
from tests.ui.door import WORD, closed, console

pytestmark = pytest.mark.browser


def sign_in(page: Page, name: str, password: str) -> None:
    """Fills in the form and sends it."""
    page.fill("#name", name)
    page.fill("#password", password)
    with page.expect_navigation():
        page.keyboard.press("Enter")


@pytest.mark.parametrize(("width", "script"), [(1280, True), (390, False)])
def test_in_and_out_again(desk: Desk, browser: Browser, pictures: Path, width: int, script: bool) -> None:
    with (
        console(desk.settings(**closed())) as address,
        visiting(browser, address, width=width, script=script, scheme="light" if script else "dark") as visit,
    ):
        page = visit.open("/actions?who=operator")
        assert page.title() == "登录 · finews"
        page.screenshot(path=pictures / f"console-sign-in-{width}.png", full_page=True)
        sign_in(page, "operator", "wrong")
        assert "用户名或密码不正确" in page.inner_text("[role=alert]")
        page.screenshot(path=pictures / f"console-sign-in-refused-{width}.png", full_page=True)
        sign_in(page, "operator", WORD)
        assert page.url == f"{address}/actions?who=operator"
        rows = page.locator("tbody tr")
        assert rows.count() == 2
        assert "密码不正确" in rows.nth(1).inner_text()
        assert visit.overflow() <= 0
        page.screenshot(path=pictures / f"console-actions-{width}.png", full_page=True)
        if script:
            assert visit.findings() == []
        with page.expect_navigation():
            page.get_by_role("button", name="退出登录").click()
        assert page.url == f"{address}/sign-in"
        if script:
            assert visit.findings() == []
        visit.open("/actions")
        assert page.title() == "登录 · finews"
        assert visit.strangers == []
        assert [each for each in visit.complaints if "403" not in each] == []
