"""Safe HTML: nothing executable is left, plain HTML keeps its bytes, twice is once."""

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finews.flows.harmless_style import harmless_style
from finews.flows.inert import inert
from finews.flows.sanitise import _PLAIN, _cleaned, sanitise
from finews.flows.visible_text import is_empty, visible_text
from tests.post.hostile import VECTORS, html
from tests.post.trees import executables, text_of, tree


def _holds(source: str) -> str:
    safe = sanitise(source)
    assert list(executables(tree(safe))) == []
    assert sanitise(safe) == safe
    for forbidden in ("{{", "{%", "\u3000\u3000", "\0", "<!"):
        assert forbidden not in safe
    safe.encode()
    return safe


@pytest.mark.parametrize("vector", VECTORS)
def test_vector(vector: str) -> None:
    _holds(vector)
    _holds(f"<p>前</p>{vector}<p>后</p>")


@settings(derandomize=True, max_examples=400, deadline=None)
@given(st.integers(0, 10**9))
def test_hostile_html(seed: int) -> None:
    _holds(html(random.Random(seed)))


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.text(alphabet=st.sampled_from(list("<>/!-?=\"'& \n\r\u3000{%}[]:;#x1ap*bt\0\ud800")), max_size=40))
def test_any_characters(source: str) -> None:
    _holds(source)


_PLAIN_LETTERS = st.text(
    alphabet=st.sampled_from(list("涨，a1 \n\t\u3000\u200b\ufeff=\"'/-!;{%[*_`😀\ufffe")), max_size=6
)
_ODD_LETTERS = st.text(alphabet=st.sampled_from(list("涨 \x7f\x85\xa0\r\x0c\x0b")), max_size=3)
_LETTERS = st.one_of(
    _PLAIN_LETTERS, _PLAIN_LETTERS, _PLAIN_LETTERS, _PLAIN_LETTERS, _PLAIN_LETTERS, _ODD_LETTERS
)
_LINK = st.builds(
    '<a href="{}" class="{}" data-code="{}">{}</a>'.format,
    st.sampled_from(("http://q.cn/1.600160", "https://a.b:80/x?y=1;z#!", "http://a/%7B*$,+", "HTTP://a")),
    st.sampled_from(("keytip", "a-b_C9")),
    st.sampled_from(("1,600160", "90,BK0473", "x.Y_z")),
    _LETTERS,
)
_INLINE = st.one_of(
    _LETTERS,
    _LINK,
    st.just("<br>"),
    st.builds("<a>{}</a>".format, _LETTERS),
    st.builds("<strong>{}</strong>".format, _LETTERS),
    st.builds('<span id="stock_1.600160">{}{}</span>'.format, _LETTERS, st.one_of(_LETTERS, _LINK)),
    st.builds("<span>{}<span>{}</span></span>".format, _LETTERS, _LETTERS),
)
_PARAGRAPH = st.builds(
    "<p{}>{}</p>{}".format,
    st.sampled_from(("", "", ' class="em_media"', ' class="a-b_1"', ' id="x"')),
    st.lists(_INLINE, max_size=4).map("".join),
    st.sampled_from(("", " ", "\n ", "\n\n", "x")),
)


@settings(derandomize=True, max_examples=1500, deadline=None)
@given(st.lists(_PARAGRAPH, min_size=1, max_size=3).map("".join))
def test_plain_paragraphs_are_what_cleaning_leaves_alone(source: str) -> None:
    """What is taken to be plain is spared the cleaner: so the cleaner must have nothing to do there."""
    if _PLAIN.fullmatch(source) and "\u3000\u3000" not in source:
        assert _cleaned(source) == source


def test_real_articles_are_plain() -> None:
    """Else every one of them goes the long way."""
    known = (
        '<p>据悉，<span id="stock_1.609909"><a href="http://q.cn/unify/r/1.609909" class="keytip"'
        ' data-code="1,609909">样本股份</a></span><span id="quote_1.609909"></span>公告。</p>\n <p>二</p>'
        '<p class="em_media">（文章来源：厦门晚报）</p>'
    )
    assert _PLAIN.fullmatch(known)
    for other in (
        "<p>一<script>x()</script></p>",
        '<p onclick="x()">一</p>',
        "<p>一",
        '<a href="javascript:x">一</a>',
    ):
        assert not _PLAIN.fullmatch(other)


@settings(derandomize=True, max_examples=500, deadline=None)
@given(st.lists(_PARAGRAPH, max_size=2).map("".join))
def test_empty_is_what_shows_nothing(source: str) -> None:
    """The quick look says the same as the whole text."""
    safe = sanitise(source)
    seen = (
        visible_text(safe).translate(dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))).strip()
    )
    assert is_empty(safe) == (not seen)


PLAIN = [
    '<p>一</p>\n <p>二</p><p class="em_media">（文章来源：厦门晚报）</p>',
    '<p><a href="http://a.b/x?nid=1&imageType=k&at=1&copy=2" target="_blank" class="EmImageRemark">K</a></p>',
    "<p>一<br />二<br>三<br/>四</p><hr />",
    '<p style="text-align:center;"><img src="//a.b/i.png" style="border:#d1d1d1 1px solid;" width="578" /></p>',
    '<p><span web="1" href="http://a.b/" class="em_stock_key_common" data-code="90,BK0493">新能源</span></p>',
    "<table border='1'>\r\n<tbody><tr><td colspan=\"2\" nowrap>一 &amp; 二 &nbsp;\xa0</td></tr></tbody></table>",
    "<center>中</center><h2 id='a'>题</h2><ul><li>一</li></ul><pre>a  b\n\n*c*</pre>",
    "<p>AT&T 涨 5% & 更多 &lt;b&gt; &hellip;</p>",
    '<p style="display:none;height:1px;overflow:hidden;"><br /></p><p>一</p>',
]


@pytest.mark.parametrize("source", PLAIN)
def test_plain_html_keeps_its_bytes(source: str) -> None:
    assert _holds(source) == source


@pytest.mark.parametrize("source", PLAIN)
def test_comments_go_and_the_rest_keeps_its_bytes(source: str) -> None:
    assert _holds(f"<!-- EM_StockImg_Start -->{source}<!-- x-y -->") == source


@pytest.mark.parametrize(
    ("source", "safe"),
    [
        ("<p>\u3000\u3000一&#12288;&#12288;二</p>", "<p>一二</p>"),
        ("<p>\u3000<!-- -->\u3000一</p>", "<p>一</p>"),
        ("<p>\u3000\u3000\u3000一</p>", "<p>\u3000一</p>"),
        ("<P>一<P>二", "<p>一</p><p>二</p>"),
        ("<p>{{{% a %}}}{ {</p>", "<p>&#123;&#123;&#123;% a %}}}{ {</p>"),
        ("<form>名<input value=x><button>送</button></form>", "名送"),
        ("<p style='color:red;position:fixed'>一</p>", '<p style="color:red">一</p>'),
        ("<p>a &copy b</p>", "<p>a © b</p>"),
        ("<p>a\rb&#13;</p>", "<p>a\nb&#13;</p>"),
        ("<p>一</p>\n[x]: y", "<div><p>一</p>\n&#91;x]: y</div>"),
        ('<p title="a\nb">一</p>', '<p title="a&#10;b">一</p>'),
        ("<pre>\n\na</pre>", "<pre>\n\na</pre>"),
        ('<img src="data:image/png;base64,AAAA">', "<div><img></div>"),
    ],
)  # fmt: skip
def test_written_anew(source: str, safe: str) -> None:
    assert _holds(source) == safe


@pytest.mark.parametrize(
    "source",
    ["一*二*", "1. 一", "一\n二", "<b>一</b>", "    <p>一</p>", "\t<p>一</p>", "<p>一</p>    <p>二</p>",
     "<p>一</p>text *x*",
     "<p>一</p>\n{: .c}\n<p>二</p>", "<p>一</p><br><p>二</p>", "<p>一</p>\n\n    <p>二</p>"],
)  # fmt: skip
def test_what_markdown_would_read_is_wrapped(source: str) -> None:
    assert inert(source) == f"<div>{source}</div>"
    assert inert(inert(source)) == inert(source)


@pytest.mark.parametrize(
    "source", ["<p>一</p>", "  <p>一</p>\n\n   <table></table> \n", "<div>*一*\n\n    二</div>", ""]
)
def test_a_run_of_blocks_is_left_alone(source: str) -> None:
    assert inert(source) == source


@pytest.mark.parametrize(
    ("style", "kept"),
    [
        ("text-align: center;", "text-align: center;"),
        ("COLOR:#FFF;", "COLOR:#FFF;"),
        ("color:rgb(1, 2,3)", "color:rgb(1, 2,3)"),
        ("color:red;top:0", "color:red"),
        ("width:calc(1px)", None),
        ("background-color:url(x)", None),
        ("display:flex", None),
        ("margin:-5px;margin: 0 auto", "margin: 0 auto"),
        ("font-family:宋体", "font-family:宋体"),
        ("c\\6flor:red", None),
        ("", ""),
    ],
)
def test_style(style: str, kept: str | None) -> None:
    assert harmless_style(style) == kept


def test_depth_is_bounded_and_text_kept() -> None:
    safe = _holds("<div>" * 5000 + "深" + "</div>" * 5000)
    assert safe.count("<div>") <= 101
    assert text_of(tree(safe)) == "深"


@pytest.mark.parametrize(
    "piece",
    [
        "<div>",
        "<b><p>",
        "<font color=%d><p>",
        "<",
        "&a",
        "\xa0",
        "<!--",
        "<a '",
        "<table><b><tr>",
        "\n[",
        "{{",
        "<p>一</p>\n ",
    ],
)
def test_time_is_linear(piece: str) -> None:
    def seconds(size: int) -> float:
        source = "".join(piece.replace("%d", str(n)) for n in range(size // len(piece)))
        start = time.process_time()
        sanitise(source)
        return time.process_time() - start

    small, large = seconds(60_000), seconds(480_000)
    assert large < 40 * small + 1


def test_visible_text() -> None:
    assert (
        visible_text("<p>一<b>二</b></p><p>三&amp;\n 四<!-- 五 --><script>六</script></p>") == "一二 三& 四"
    )
    assert is_empty("<p>&nbsp;<br>\u200b</p><img>")
    assert not is_empty('<p><img src="x"></p>')
    assert not is_empty("<p>一</p>")
