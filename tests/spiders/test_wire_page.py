"""Server-rendered pages → fields: the body as HTML, the rest from around it."""

from __future__ import annotations

import sys
from contextlib import suppress
from datetime import datetime
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finews.schema.records import CHINA
from finews.spiders.wire import ArticleText, WireError, article_page

CODE = "NW202112222221210789"
MOMENT = datetime(2021, 12, 22, 15, 37, tzinfo=CHINA)
BODY = (
    "<p>　　<span data-code=\"1,600160\" class='x'>巨化股份</span> &amp; 2020-01-02 10:00 &lt;b&gt;</p>"
    '<table><tbody><tr><td>来源：表格</td></tr></tbody></table><img src="a.png"><!-- 注 -->尾'
)


def read(page: str) -> ArticleText:
    """The fields of a page."""
    return article_page(CODE, page.encode(), "text/html; charset=utf-8")


NEW = f"""<!DOCTYPE html><html><head><meta charset="gbk"><title>巨化股份公告 _ 财经资讯</title>
<style>.time {{}}</style></head><body><h1>财经网</h1><div class="newsContent"><h1> 巨化股份公告 </h1>
<div class="infos"><div class="item">2021年12月22日 15:37</div><div class="item">来源：<a>厦门晚报 (网络版)</a></div>
<div class="item">作者：张三</div></div>
<div id="ContentBody" class="txtinfos">先{BODY}</div></div><h1>相关</h1></body></html>"""

OLD = f"""<html><head><title>巨化股份公告 _ 东方财富网</title><meta property="og:title" content="巨化股份公告"></head>
<body><div class="Info"><div class="time">2021年12月22日 15:37</div>
<div class="source data-source" data-source="厦门晚报 (网络版)">来源：<img alt="厦门晚报"></div></div>
<div id="ContentBody" class="Body">先{BODY}</div></body></html>"""


@pytest.mark.parametrize("page", [NEW, OLD], ids=["new", "old"])
def test_known_shapes(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Title, moment and source stand above; what looks like them inside the article does not count.

    Nobody is asked to guess, which costs a third of a second.
    """
    for guesser in ("trafilatura", "htmldate"):
        monkeypatch.setitem(sys.modules, guesser, None)
    article = read(page)
    assert (article.title, article.moment, article.source) == ("巨化股份公告", MOMENT, "厦门晚报 (网络版)")
    assert article.html == "先" + BODY.replace("class='x'", 'class="x"')


def test_the_document_s_title_is_cut_at_the_site_s_name() -> None:
    """Where there is no heading."""
    page = (
        "<title>公告 _ 东方财富网</title><p class=time>2021-12-22 15:37</p>来源: 厦门晚报"
        "<div id=ContentBody>文</div>"
    )
    article = read(page)
    assert (article.title, article.moment, article.source) == ("公告", MOMENT, "厦门晚报")


def test_moment_with_seconds_in_a_meta_tag() -> None:
    """A head that knows more than the page shows."""
    page = (
        '<meta property="article:published_time" content="2021-12-22T15:37:43+08:00"><h1>公告</h1>'
        "<div id=ContentBody>文</div>"
    )
    assert read(page).moment == datetime(2021, 12, 22, 15, 37, 43, tzinfo=CHINA)


def test_libraries_fill_in() -> None:
    """Source and title from places that only an extraction library knows."""
    page = (
        '<html><head><meta property="og:site_name" content="厦门晚报"><meta name="twitter:title" content="公告">'
        "</head><body><div id=ContentBody>文</div></body></html>"
    )
    article = read(page)
    assert (article.title, article.source) == ("公告", "厦门晚报")
    assert article.moment is None


@pytest.mark.parametrize(
    "page",
    [
        "",
        "文",
        "<p>文</p>",
        "<div id=ContentBody> 　\n<!-- 文 --></div>",
        "<div id=ContentBody></div>",
        pytest.param("<div>" * 100_000 + "<p id=ContentBody>文", id="deep"),
    ],
)
def test_no_article(page: str) -> None:
    """A page without a filled `#ContentBody`, or too deep for any parser."""
    with pytest.raises(WireError, match="body_empty"):
        read(page)


def test_picture_alone_and_second_place() -> None:
    """An image is content; an empty `#ContentBody` before the full one is passed over."""
    page = '<div id=ContentBody></div><div id=ContentBody><img src="a.png"></div>'
    assert read(page).html == '<img src="a.png">'


def test_charsets_and_odd_bytes() -> None:
    """GBK where it is declared; a NUL does not end the page."""
    page = NEW.replace("先", "先\x00").encode("gbk", "xmlcharrefreplace")
    article = article_page(CODE, page, "text/html; charset=gbk")
    assert article.title == "巨化股份公告"
    assert article.html.startswith("先�<p>")
    with pytest.raises(WireError, match="bad_encoding"):
        article_page(CODE, page, "text/html")


pieces = st.sampled_from(
    ["<div id=ContentBody>", "</div>", "<h1>", "<p class=time>", "2021年12月22日 15:37", "来源：", "<!--", "<script>",
     "<meta property=og:title content=x>", "</h1>", "<table>", "文", "<?xml version='1.0' encoding='x'?>", "\x00",
     "<html><head>", "]]>", "&#0;", "<title>a_b</title>", "<div class=infos><p class=item>"]
) | st.text(max_size=8)  # fmt: skip


@settings(derandomize=True, max_examples=200)
@given(st.lists(pieces, max_size=15))
def test_any_page(parts: list[str]) -> None:
    """A record or a WireError, whatever the markup is."""
    try:
        article = article_page(CODE, "".join(parts).encode("utf-8", "replace"), "")
    except WireError:
        return
    assert article.html


@pytest.mark.parametrize(
    "piece",
    [
        "<div class='infos item time source'>",
        "<h1>",
        "<p class=title>",
        "来源：",
        "2021-12-22 ",
        "<script>",
        " ",
    ],
    ids=["nested", "headings", "titles", "sources", "dates", "scripts", "blanks"],
)
def test_hostile_pages_take_no_time(piece: str) -> None:
    """Megabytes around an article are read through once or a few times, not for each element."""
    around = piece * (2_000_000 // len(piece.encode()))
    began = process_time()
    with suppress(WireError):
        read(f"<title>{around[:500_000]}</title><body>{around}<div id=ContentBody>文</div>{around}")
    assert process_time() - began < 20
