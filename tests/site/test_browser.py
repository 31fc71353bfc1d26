"""The built site in a real browser, on a phone and on a desk, in light and in dark."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import get_args
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from finews.schema.records import PostRow
from tests.site.conftest import BuiltSite
from tests.site.stock import PICTURE, WIDE
from tests.site.visits import WIDTHS, Scheme, Visit, visiting

pytestmark = [pytest.mark.jekyll, pytest.mark.browser, pytest.mark.xdist_group("site")]

Visiting = Callable[..., AbstractContextManager[Visit]]

QUERY = "公司 负责人"
KINDS = ["home", "category", "article", "rolling", "wide", "search", "archive", "404", "lost"]


READY = {"home": "main .stream", "search": "main .results > li:first-child", "404": "main .found a"}
"""What a page shows when its script is done, where that is more than its heading."""


@pytest.fixture
def visit(browser: Browser, address: str) -> Visiting:
    """Visits of the built site."""
    return partial(visiting, browser, address)


def path_of(built: BuiltSite, row: PostRow) -> str:
    """The address of a row's page on the site."""
    return f"/{quote(built.page(row).path)}"


def former_path(row: PostRow) -> str:
    """Where a row's post lay before it went to the archive."""
    name = row.path.removeprefix("_posts/").removesuffix(".md")
    return f"/{row.category.lower()}/{name[:10].replace('-', '/')}/{name[11:]}.html"


def path_for(kind: str, built: BuiltSite) -> str:
    """The address of one page of each kind."""
    plain = [row for row in built.live if "data-code" in row.body and row.media == "云岭经济报"]
    fixed = {
        "home": "/",
        "category": "/category/yunlingjingjibao.html",
        "search": f"/search.html?q={quote(QUERY)}",
        "archive": "/old_post/",
        "404": former_path(built.archived[0]),
        "lost": "/no/such/page",
    }
    if kind in fixed:
        return fixed[kind]
    rows = {
        "article": lambda: plain[0],
        "rolling": lambda: next(row for row in built.live if row.rolling and row.info_code > "NW2026030920"),
        "wide": lambda: next(row for row in built.live if row.info_code == WIDE),
    }
    return path_of(built, rows[kind]())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scheme", get_args(Scheme))
@pytest.mark.parametrize("width", WIDTHS)
def test_pages_are_readable(
    visit: Visiting, built: BuiltSite, pictures: Path, kind: str, scheme: Scheme, width: int
) -> None:
    with visit(width=width, scheme=scheme) as reader:
        page = reader.open(path_for(kind, built))
        expect(page.locator(READY.get(kind, "main h1"))).to_be_visible()
        page.screenshot(path=pictures / f"{kind}-{width}-{scheme}.png")
        assert reader.overflow() <= 0
        assert reader.findings() == []
        assert reader.complaints == []
        assert reader.strangers == ([PICTURE] if kind == "wide" else [])
        paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (sum(int(each) for each in paper[4:-1].split(",")) < 384) is (scheme == "dark")


def test_nothing_in_an_article_is_wider_than_its_column(visit: Visiting, built: BuiltSite) -> None:
    with visit(width=390) as reader:
        page = reader.open(path_for("wide", built))
        wide = page.evaluate(
            """() => [...document.querySelectorAll(".prose > *, .prose img, .prose nobr")]
                .filter((each) => each.getBoundingClientRect().right > innerWidth).map((each) => each.outerHTML)"""
        )
        assert wide == []
        frame = page.get_by_role("region", name="表格，可以左右滚动")
        frame.focus()
        page.keyboard.press("ArrowRight")
        reader.until("document.querySelector('.prose .table').scrollLeft > 0")
        expect(page.locator(".prose img")).to_have_attribute("alt", "文章插图")
    with visit(width=390, script=False) as reader:
        reader.open(path_for("wide", built))
        assert reader.overflow() <= 0


def test_the_keyboard_reaches_the_text_at_once(visit: Visiting) -> None:
    with visit() as reader:
        page = reader.open("/")
        page.keyboard.press("Tab")
        skip = page.get_by_role("link", name="跳到正文")
        expect(skip).to_be_focused()
        expect(skip).to_be_in_viewport()
        page.keyboard.press("Enter")
        expect(page.get_by_role("main")).to_be_focused()


def results(page: Page) -> list[str]:
    """The titles that a search found."""
    return page.locator(".results .title").all_text_contents()


def expected(built: BuiltSite, *words: str) -> set[str]:
    """Titles of live posts that have all the words in title, media name or the first lines of their text."""

    def looked_through(row: PostRow) -> str:
        page = built.page(row)
        description = page.attribute('meta[name="description"]', "content")
        return "\n".join((row.title, page.text(".kicker"), description)).lower()

    return {row.title for row in built.live if all(word in looked_through(row) for word in words)}


def test_a_reader_finds_what_has_all_the_words(visit: Visiting, built: BuiltSite) -> None:
    with visit() as reader:
        page = reader.open("/")
        page.get_by_role("searchbox").fill("开工率")
        page.get_by_role("searchbox").press("Enter")
        status = page.get_by_role("status")
        expect(status).to_contain_text("找到")
        assert parse_qs(urlsplit(page.url).query) == {"q": ["开工率"]}
        assert set(results(page)) <= expected(built, "开工率")
        box = page.get_by_role("searchbox")
        expect(box).to_have_value("开工率")

        box.fill("重庆\u3000ＥＴＦ")
        found = expected(built, "重庆", "etf")
        assert found
        expect(page.locator(".results mark").first).to_have_text("重庆")
        expect(status).to_have_text(f"找到 {page.locator('.results > li').count()} 篇文章。")
        expect(page).to_have_url(f"{reader.site}/search.html?q={quote('重庆　ＥＴＦ')}")
        assert set(results(page)) == found
        marks = {mark.lower() for mark in page.locator(".results mark").all_text_contents()}
        assert marks == {"重庆", "etf"}

        box.fill("没有这样的词")
        expect(status).to_contain_text("没有找到")
        assert results(page) == []
        box.fill("")
        expect(status).to_contain_text(f"{len(built.live) + 2} 篇")
        assert reader.complaints == []


def test_a_search_has_an_address_and_opens_what_it_found(visit: Visiting, built: BuiltSite) -> None:
    row = next(row for row in built.live if row.media == "云岭经济报")
    with visit() as reader:
        page = reader.open(f"/search.html?q={quote(row.title)}")
        page.locator(".results .title").filter(has_text=row.title).first.click()
        page.wait_for_load_state()
        expect(page.locator("h1")).to_have_text(row.title)


def test_many_results_come_in_parts(visit: Visiting, built: BuiltSite) -> None:
    with visit() as reader:
        page = reader.open(f"/search.html?q={quote('东财滚动')}")
        number = len([row for row in built.live if row.rolling])
        assert number > 50
        expect(page.get_by_role("status")).to_have_text(f"找到 {number} 篇文章。")
        assert len(results(page)) == 50
        more = page.get_by_role("button", name="显示更多")
        more.click()
        expect(page.locator(".results > li:nth-child(51) .title")).to_be_focused()
        while more.is_visible():
            more.click()
        assert len(results(page)) == number


@pytest.mark.parametrize(
    "title", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ site.time }}"]
)
def test_a_hostile_title_is_shown_as_text(visit: Visiting, title: str) -> None:
    with visit() as reader:
        page = reader.open(f"/search.html?q={quote(title)}")
        expect(page.locator(".results > li").first).to_be_visible()
        assert title in results(page)
        assert page.locator(".results :is(script, img)").count() == 0
        assert reader.complaints == []


def test_a_script_of_an_article_would_not_run(visit: Visiting) -> None:
    with visit() as reader:
        page = reader.open("/")
        page.evaluate(
            "document.body.insertAdjacentHTML('beforeend', '<img src=\"/x\" onerror=\"window.hurt = 1\">')"
        )
        reader.until("document.querySelector('body > img').complete")
        assert page.evaluate("window.hurt") is None
        assert any("Content Security Policy" in each for each in reader.complaints)


def test_an_index_that_cannot_be_read_is_told(visit: Visiting) -> None:
    with visit() as reader:
        reader.page.route("**/search.json", lambda route: route.fulfill(status=500, body="no"))
        page = reader.open("/search.html?q=x")
        expect(page.get_by_role("status")).to_contain_text("读不到")


def test_without_script_the_search_says_what_it_needs(visit: Visiting) -> None:
    with visit(script=False) as reader:
        page = reader.open("/")
        page.get_by_role("searchbox").fill("银行")
        page.get_by_role("searchbox").press("Enter")
        expect(page.get_by_role("status")).to_contain_text("需要 JavaScript")


def test_a_lost_reader_is_offered_the_archived_article(visit: Visiting, built: BuiltSite) -> None:
    row = next(row for row in built.archived if not row.rolling and row.title.isalpha())
    with visit() as reader:
        page = reader.open(former_path(row))
        page.get_by_role("link", name="打开这篇文章的存档").click()
        page.wait_for_load_state()
        assert page.url == f"{reader.site}{path_of(built, row)}"
        expect(page.locator("h1")).to_have_text(row.title)


def test_a_lost_reader_is_offered_nothing_that_is_not_there(visit: Visiting) -> None:
    with visit() as reader:
        with reader.page.expect_response("**/old_post/**"):
            page = reader.open("/x/2026/03/09/NW202603090000000000.html")
        expect(page.get_by_role("link", name="打开这篇文章的存档")).to_have_count(0)
        expect(page.get_by_role("link", name="存档", exact=True)).to_have_count(2)


def test_without_script_a_lost_reader_finds_the_archive(visit: Visiting, built: BuiltSite) -> None:
    row = built.archived[0]
    with visit(script=False) as reader:
        page = reader.open(former_path(row))
        page.get_by_role("main").get_by_role("link", name="存档").click()
        expect(page.locator("h1")).to_have_text("存档")
        page.locator(f'a[href="{path_of(built, row)}"]').click()
        expect(page.locator("h1")).to_have_text(row.title)
