"""A site of more than five hundred posts, hostile ones among them, built by Jekyll itself and read page by page."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from selectolax.lexbor import LexborNode

from finews.schema.records import PostRow
from finews.schema.settings import Settings
from tests.post.trees import executables, tree
from tests.site.conftest import HOST, BuiltSite, lay_site
from tests.site.jekyll import build
from tests.site.pages import built_pages, dead_ends, leads_somewhere
from tests.site.stock import rows

pytestmark = [pytest.mark.jekyll, pytest.mark.xdist_group("site")]

SITE_NAME = "财经新闻"
SCRIPTS = {"/assets/article.js", "/assets/search.js", "/assets/not-found.js"}


def tag_of(row: PostRow) -> str:
    """The tag of a row's post."""
    return "东财滚动新闻" if row.rolling else f"{row.media}新闻"


def section_of(row: PostRow) -> str:
    """The address of the page to which a row's post leads back."""
    return "/emnews/" if row.rolling else f"/category/{row.category}.html"


def listed(node: LexborNode) -> list[tuple[str, datetime]]:
    """Title and moment of each post in a list."""
    found = []
    for item in node.css("li"):
        link, time = item.css_first("a"), item.css_first("time")
        assert link is not None
        assert time is not None
        found.append((link.text(), datetime.fromisoformat(time.attributes["datetime"] or "")))
    return found


def shown(posts: list[PostRow]) -> list[tuple[str, datetime]]:
    """What a list of these posts shows."""
    return [(row.title, row.moment) for row in posts]


def test_the_site_is_large_and_hostile(built: BuiltSite) -> None:
    titles = {row.title for row in built.live}
    media = {row.media for row in built.live}
    assert len(built.live) >= 500
    assert {"<script>alert(1)</script>", "{{ site.time }}"} <= titles & media
    assert {"a..b", "a.", ".net", "_x", "index", "(x"} <= {
        row.category for row in built.live + built.archived
    }


def test_every_link_leads_somewhere(built: BuiltSite) -> None:
    assert dead_ends(built.folder, host=HOST) == []


def test_a_dead_end_is_seen(tmp_path: Path) -> None:
    link = '<a href="{}">x</a><div class="prose filed"><a href="/theirs">x</a><p>y</p><p><a href="{}">x</a></p></div>'
    (tmp_path / "index.html").write_text(link.format("/a%20b/#there", f"//{HOST}/c.html"), encoding="utf-8")
    (tmp_path / "a b").mkdir()
    (tmp_path / "a b" / "index.html").write_text('<p id="there">', encoding="utf-8")
    assert dead_ends(tmp_path, host=HOST) == [f"index.html → //{HOST}/c.html"]
    (tmp_path / "c.html").touch()
    assert dead_ends(tmp_path, host=HOST) == []
    (tmp_path / "a b" / "index.html").write_text("<p>", encoding="utf-8")
    assert dead_ends(tmp_path, host=HOST) == ["index.html → /a%20b/#there"]


def test_every_post_leads_back_to_its_section(built: BuiltSite) -> None:
    for row in built.live + built.archived:
        page = built.page(row)
        last = page.one(".prose.filed > p:last-child")
        back, home = (link.attributes["href"] or "" for link in last.css("a"))
        assert back.replace("%28", "(").replace("%29", ")") == f"//{HOST}{section_of(row)}"
        assert home == f"//{HOST}/"
        assert leads_somewhere(back, page.path, built.folder, built.pages, host=HOST)


def test_pages_say_what_the_rows_say(built: BuiltSite) -> None:
    for row in built.live + built.archived:
        page = built.page(row)
        assert page.text("h1") == row.title
        assert page.text("title") == f"{row.title} - {SITE_NAME}"
        assert page.attribute('meta[property="og:title"]', "content") == row.title
        for time in (
            page.attribute(".moment > time", "datetime"),
            page.attribute('meta[property="article:published_time"]', "content"),
        ):
            assert datetime.fromisoformat(time) == row.moment
        assert page.text(".moment > time") == f"{row.moment:%Y年%-m月%-d日 %H:%M}"
        assert page.attribute('meta[property="article:section"]', "content") == row.category
        assert page.attribute('meta[property="article:tag"]', "content") == tag_of(row)
        assert page.text(".kicker > a") == tag_of(row)
        assert page.attribute(".kicker > a", "href") == section_of(row)


def test_addresses_are_those_of_jekyll(built: BuiltSite) -> None:
    for row in built.live:
        name = row.path.removeprefix("_posts/").removesuffix(".md")
        if ".." not in row.category and not row.category.endswith("."):
            assert built.page(row).path == f"{row.category.lower()}/{row.moment:%Y/%m/%d}/{name[11:]}.html"
    for row in built.archived:
        assert built.page(row).path == row.path.replace("_posts", "old_post").replace(".md", ".html")


def test_nothing_of_an_article_is_executable(built: BuiltSite) -> None:
    frame = ["form", "form action=/search.html", "input", "button"]
    for path, page in built.pages.items():
        body = page.one("body").html or ""
        expected = frame if path != "search.html" else [*frame, "button"]
        found = [each.replace("form action", "form action=/search.html") for each in executables(tree(body))]
        assert sorted(found) == sorted(expected), path
        for script in page.all("script"):
            assert script.attributes.get("src") in SCRIPTS
            assert not script.text()
        assert len(page.all("script")) <= 1
        assert not page.all("style, base, iframe, object, embed, [srcdoc], meta[http-equiv=refresh]")
        policy = page.attribute('meta[http-equiv="Content-Security-Policy"]', "content")
        assert "script-src 'self';" in policy
        assert "default-src 'none';" in policy


def test_bodies_stand_in_the_page(built: BuiltSite) -> None:
    for row in built.live:
        page = built.page(row)
        if row.rolling and row.digest:
            assert page.text(".prose > blockquote:first-child > p") == row.digest
        assert len(page.all("main > .story > .prose")) == 1
        assert not page.all("main ~ main, main main:not(.prose main)")


def test_every_page_is_sound(built: BuiltSite) -> None:
    for path, page in built.pages.items():
        assert page.html.startswith("<!doctype html>\n")
        assert page.attribute("html", "lang") == "zh-CN"
        assert len(page.all("h1")) == 1, path
        assert len(page.all("body > header, body > main, body > footer")) == 3
        assert page.text("title").strip()
        assert page.attribute('meta[name="description"]', "content").strip(), path
        first = page.all("body a")[0]
        assert first.attributes["href"] == "#content"
        if path == "404.html":
            assert page.attribute('meta[name="robots"]', "content") == "noindex"
        else:
            address = page.attribute('link[rel="canonical"]', "href")
            assert address.startswith(f"https://{HOST}/")
            assert leads_somewhere(address, path, built.folder, {path: page}, host=HOST)


def test_home_has_the_newest_and_five_of_each_tag(built: BuiltSite) -> None:
    home = built.pages["index.html"]
    stream = [each for node in home.all(".stream > .list") for each in listed(node)]
    assert stream == shown(built.live[:40])
    by_tag: dict[str, list[PostRow]] = defaultdict(list)
    for row in built.live:
        by_tag[tag_of(row)].append(row)
    found = {section.css("h3")[0].text().strip(): section for section in home.all(".tags > section")}
    assert list(found)[:-2] == list(by_tag), "the order of their newest posts, then the owner's"
    assert set(list(found)[-2:]) == {"随笔", "杂谈"}
    for tag, posts in by_tag.items():
        assert listed(found[tag]) == shown(posts[:5])
        [link] = found[tag].css("h3 > a")
        assert link.attributes["href"] == section_of(posts[0])
    assert not found["随笔"].css("h3 > a"), "an owner's category has no page of ours"


def test_sections_list_their_posts(built: BuiltSite) -> None:
    by_section: dict[str, list[PostRow]] = defaultdict(list)
    for row in built.live + built.archived:
        by_section[section_of(row)].append(row)
    for address, posts in by_section.items():
        page = built.pages[f"{address[1:]}index.html" if address.endswith("/") else address[1:]]
        assert page.text("h1") == tag_of(posts[0])
        live = [row for row in posts if row in built.live]
        assert [each for node in page.all(".list") for each in listed(node)] == shown(live)
        assert f"共 {len(live)} 篇" in page.text("main") or not live
        days = [node.text() for node in page.all("h2.day")]
        assert days == list(dict.fromkeys(f"{row.moment:%Y年%-m月%-d日}" for row in live))


def test_the_archive_lists_what_is_in_it(built: BuiltSite) -> None:
    page = built.pages["old_post/index.html"]
    found = [each for node in page.all(".list") for each in listed(node)]
    assert sorted(found[:-1]) == sorted(shown(built.archived))
    assert found == sorted(found, key=lambda each: each[1], reverse=True)
    assert found[-1][0] == "更早"
    months = [node.text() for node in page.all("h2.day")]
    assert months == list(dict.fromkeys(f"{moment:%Y年%-m月}" for _, moment in found))


def plain(text: str) -> str:
    """Text without white space: how much of it stands between words is a matter of taste."""
    return "".join(text.split())


def test_the_search_has_every_live_post_as_plain_text(built: BuiltSite) -> None:
    index: list[dict[str, Any]] = json.loads((built.folder / "search.json").read_text(encoding="utf-8"))
    entries = {each["url"].rpartition("/")[2]: each for each in index}
    assert len(index) == len(built.live) + 2, "the owner's two among them"
    times = [datetime.fromisoformat(each["date"]) for each in index]
    assert times == sorted(times, reverse=True)
    for row in built.live:
        page = built.page(row)
        entry = entries[page.path.rpartition("/")[2]]
        assert entry.keys() == {"title", "url", "date", "media", "excerpt"}
        assert leads_somewhere(entry["url"], page.path, built.folder, built.pages, host=HOST)
        assert (entry["title"], entry["media"]) == (row.title, tag_of(row))
        assert datetime.fromisoformat(entry["date"]) == row.moment
        assert len(entry["excerpt"]) <= 120
        whole = "".join(node.text(deep=True) for node in page.all(".prose > :not(p:nth-last-child(-n + 2))"))
        assert plain(whole).startswith(plain(entry["excerpt"])), page.path
        assert len(entry["excerpt"]) > 100 or plain(whole) == plain(entry["excerpt"])
        assert page.attribute('meta[name="description"]', "content") == (entry["excerpt"] or row.title)


def test_feed_and_sitemap_name_pages_that_there_are(built: BuiltSite) -> None:
    feed = etree.parse(built.folder / "feed.xml")
    entries = feed.findall("{*}entry")
    assert [each.findtext("{*}published") for each in entries] == [
        row.moment.isoformat() for row in built.live[:30]
    ]
    addresses = [link.get("href") or "" for each in entries for link in each.findall("{*}link")]
    locations = [
        each.text or "" for each in etree.parse(built.folder / "sitemap.xml").findall("{*}url/{*}loc")
    ]
    for address in addresses + locations:
        assert address.startswith(f"https://{HOST}/")
        assert leads_somewhere(address, "", built.folder, built.pages, host=HOST), address
    assert len(locations) == len(set(locations)) == len(built.pages) - 2, "all but 404 and search"


def test_an_owners_pages_are_built_too(built: BuiltSite) -> None:
    assert built.pages["2021/12/01/init.html"].text("h1") == "开站"
    note = built.pages["a/b/no-page/2021/12/02/note.html"]
    assert [node.text() for node in note.all("h1, h2")] == ["随笔", "标题"]
    assert not note.all(".kicker > a")


def test_a_site_below_a_path_with_its_archive_elsewhere(tmp_path: Path) -> None:
    settings = Settings(site_dir=tmp_path / "site", site_host=f"{HOST}/news")
    some = rows()[::40]
    lay_site(settings, some[2:], some[:2])
    archive = "https://code.example/tree/main/old_post?a&b"
    configuration = settings.site / "_config.yml"
    text = configuration.read_text(encoding="utf-8")
    text = text.replace('archive_url: ""', f'archive_url: "{archive}"\nexclude: [old_post]')
    configuration.write_text(text, encoding="utf-8")
    folder = build(settings.site)
    assert dead_ends(folder, host=HOST, base="/news") == []
    pages = built_pages(folder)
    assert not [path for path in pages if path.startswith("old_post/")]
    lost = pages["404.html"].one(".lost")
    assert lost.attributes["data-archive"] == archive
    assert lost.attributes["data-ending"] == ".md"
    for page in pages.values():
        assert archive in page.links()


def test_a_site_without_posts(tmp_path: Path) -> None:
    settings = Settings(site_dir=tmp_path / "site", site_host=HOST)
    lay_site(settings, [])
    folder = build(settings.site)
    assert dead_ends(folder, host=HOST) == []
    assert json.loads((folder / "search.json").read_text(encoding="utf-8")) == []
    assert "还没有新闻" in built_pages(folder)["index.html"].text("main")


def test_a_long_list_ends_and_leads_on(tmp_path: Path) -> None:
    settings = Settings(site_dir=tmp_path / "site", site_host=HOST)
    rolling = [row for row in rows() if row.rolling][:12]
    lay_site(settings, rolling)
    configuration = settings.site / "_config.yml"
    text = configuration.read_text(encoding="utf-8").replace("on_a_list: 1000", "on_a_list: 10")
    configuration.write_text(text, encoding="utf-8")
    page = built_pages(build(settings.site))["emnews/index.html"]
    newest = sorted(rolling, key=lambda row: (row.moment, row.path), reverse=True)
    assert [each for node in page.all(".list") for each in listed(node)] == shown(newest[:10])
    assert "共 12 篇，这里是最新的 10 篇" in page.text("main")
    assert "/search.html?q=%E4%B8%9C%E8%B4%A2%E6%BB%9A%E5%8A%A8%E6%96%B0%E9%97%BB" in page.links()
