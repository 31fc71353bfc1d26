"""Security tags and the source note, read from HTML of any quality."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finews.flows.em_media import em_media
from finews.flows.securities import _plain_tags, _tags, securities
from finews.schema.records import Security


def test_tags_come_once_in_order_with_the_first_name() -> None:
    html = (
        '<a data-code="K 02338|116|5" href="x">图</a><span data-code="1,600160"></span>'
        '<a data-code="106,NIO">蔚<b>来</b></a><span data-code="1,600160">巨化股份</span>'
        '<a data-code=" 106 , NIO ">NIO</a>'
    )
    assert securities(html) == (
        Security(market="1", code="600160", name="巨化股份"),
        Security(market="106", code="NIO", name="蔚来"),
    )


@pytest.mark.parametrize(
    ("html", "media"),
    [
        ('<p>一</p><p class="em_media">（文章来源：厦门晚报）</p>', "厦门晚报"),
        ('<p class="x em_media">(文章来源:证券时报)</p>', "证券时报"),
        ("<p class='em_media'>（文章来源：证券时报（网））</p>", "证券时报（网）"),
        (
            '<p class="em_media">（文章来源：上海<span data-code="90,BK0473"><a>证券</a></span>报）</p>',
            "上海证券报",
        ),
        ('<p class="em_media">（文章来源：财联社） 责任编辑</p>', "财联社"),
        ('<p class="em_media">文章来源：财联社</p>', "财联社"),
        ('<p class="em_media">（文章来源：）</p>', ""),
        ('<p class="em_media">没有</p><p class="em_media">（文章来源：A B）</p>', "A B"),
        ("<p>（文章来源：厦门晚报）</p>", ""),
    ],
)
def test_em_media(html: str, media: str) -> None:
    assert em_media(html) == media


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.text(max_size=30), st.text(max_size=30))
def test_nothing_raises(before: str, after: str) -> None:
    html = f'{before}<p class="em_media">{after}<?xml version="1.0" encoding="x"?><a data-code="{after}">'
    securities(html)
    em_media(html)


@pytest.mark.shared
def test_corpus(corpus: dict[str, str]) -> None:
    post = corpus["-202205262391921712.md"]
    assert em_media(post) == "上海证券报"
    assert Security(market="1", code="600160", name="巨化股份") in securities(post)
    assert securities(corpus["2022-02-11-NW202202112274017262.md"]) == ()


_NAMES = st.text(alphabet=st.sampled_from(list('巨化 a\n\t\u3000\u200b;="')), max_size=5)
_ODD_NAMES = st.text(alphabet=st.sampled_from(list("巨&<b>\x0b\x85")), max_size=4)
_PLAIN_TAGS = st.builds(
    '<a{1} data-code="{0}"{2}>{3}</a>'.format,
    st.sampled_from(("1,600160", " 106 , NIO ", "K 1|2", "", "1,'9")),
    st.sampled_from(("", ' href="x"', ' class="k" id=""', ' href="a/b"')),
    st.sampled_from(("", ' id="x"', ' web="1"')),
    _NAMES,
)
_TAGS = st.builds(
    '<{0} class="k"{1} data-code="{2}"{3}>{4}</{5}>'.format,
    st.sampled_from(("a", "span", "b", "A")),
    st.sampled_from(("", " web='1'", ' data-code="9,9"')),
    st.sampled_from(("1,600160", "1,&amp;")),
    st.sampled_from(("", " x=")),
    st.one_of(_NAMES, _ODD_NAMES),
    st.sampled_from(("a", "span")),
)
_BETWEEN = st.sampled_from(("", "<p>", "</p>", "<br>", "x", "</span>", "<!--", "-->", "<script>"))


@settings(derandomize=True, max_examples=1000, deadline=None)
@given(st.lists(st.one_of(_PLAIN_TAGS, _PLAIN_TAGS, _PLAIN_TAGS, _TAGS, _BETWEEN), max_size=4).map("".join))
def test_plain_tags_are_read_as_the_tree_has_them(html: str) -> None:
    """Tags that are written plainly are read without a tree, and say the same."""
    if "data-code" in html and (plain := _plain_tags(html)) is not None:
        assert plain == _tags(html)
