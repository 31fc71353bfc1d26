"""Articles in a real browser: how the pages look and read, on a phone and on a desk, with and without scripts."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.pipeline.desk import Desk, article
from tests.site.visits import WIDTHS, Scheme, visiting
from tests.ui.test_articles import CODE, publish

pytestmark = pytest.mark.browser

PAGES = {
    "articles": "/articles",
    "search": "/articles?words=%E8%8C%85%E5%8F%B0",
    "article": f"/articles/{CODE}",
    "article-in-quarantine": f"/articles/{article(5).info_code}",
    "why": "/why?link=NW202603091111111111",
}


def test_pages_of_articles_as_people_see_them(
    desk: Desk, address: str, browser: Browser, pictures: Path
) -> None:
    publish(desk)
    for width in WIDTHS:
        schemes: list[Scheme] = ["light", "dark"] if width == 1280 else ["light"]
        for scheme in schemes:
            with visiting(browser, address, width=width, scheme=scheme) as visit:
                for name, path in PAGES.items():
                    page = visit.open(path)
                    expect(page.locator("h1")).to_be_visible()
                    page.screenshot(path=pictures / f"console-{name}-{width}-{scheme}.png", full_page=True)
                    assert visit.overflow() <= 0, (name, width)
                    assert visit.findings() == [], (name, width, scheme)
                assert visit.strangers == []
                # Its picture is all that the frame's policy had to forbid: the rest of the trap was gone before.
                assert {each.partition(" violates")[0] for each in visit.complaints} == {
                    "Loading the image 'http://127.0.0.1:9/a.png'"
                }


def test_an_article_is_found_looked_at_and_forgotten_without_scripts(
    desk: Desk, address: str, browser: Browser
) -> None:
    publish(desk)
    with visiting(browser, address, script=False) as visit:
        page = visit.open("/articles")
        page.fill("#words", "茅台 公告")
        page.locator(".filters button").click()
        expect(page.locator(".articles > li")).to_have_count(2)
        page.get_by_role("link", name="更正").click()
        frame = page.frame_locator("iframe.article")
        expect(frame.locator("main")).to_contain_text("13.8%")
        expect(frame.locator("h1")).to_have_css("font-size", "20px")
        assert visit.strangers == []
        page.get_by_text("移除", exact=True).click()
        page.fill("#why-forget", "应作者要求")
        page.get_by_role("button", name="确认移除").click()
        expect(page.locator(".standing")).to_contain_text("应作者要求")
        expect(page.locator(".did")).to_contain_text(CODE)
