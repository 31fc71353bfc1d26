"""Text as Markdown: written plainly where it can be, as references where it must be."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finews.flows.markdown_text import markdown_text, plain_of
from finews.schema.plain_text import clean_text
from tests.post.hostile import text


@pytest.mark.parametrize(
    "plain",
    ["1+N、95.13%（财联社）“引号”《书》(a) - 1.5 a_b? C#", "5 * 3 = 15", "A&B", "#话题#", "[财联社] 快讯", "a < b > c",
     "$5 ~10%",     "C:\\new", "2021.12.21", "AT&T &copy", "-1.5%", "x^2", "【标题】正文", "a*b", "收益率<中位数", "https://a.b/c_d?e=1&f=2"],
)  # fmt: skip
def test_what_needs_no_escape_has_none(plain: str) -> None:
    assert markdown_text(plain) == plain


@pytest.mark.parametrize(
    ("plain", "markdown"),
    [
        ("*a*", "&#42;a&#42;"),
        ("[x](y)", "[x]&#40;y)"),
        ("a|b", "a&#124;b"),
        ('"a"', "&#34;a&#34;"),
        ("a--b...", "a&#45;-b&#46;.."),
        ("{{a}}", "&#123;{a}}"),
        ("{%a%}", "&#123;%a%}"),
        ("&lt;", "&#38;lt;"),
        ("1. a", "1&#46; a"),
        ("# a", "&#35; a"),
        ("> a", "&#62; a"),
        ("- a", "&#45; a"),
        ("[x]: y", "&#91;x]: y"),
        ("$$a$$", "&#36;$a&#36;$"),
        ("a  b\n\u3000c ", "a b c"),
        ("\0\ud800", "\ufffd"),
        ("", ""),
    ],
)
def test_what_has_a_meaning_is_escaped(plain: str, markdown: str) -> None:
    assert markdown_text(plain) == markdown


def test_brackets_count_in_the_text_of_a_link() -> None:
    assert markdown_text("a]b - _c", in_link=True) == "a&#93;b - &#95;c"


@settings(derandomize=True, max_examples=400, deadline=None)
@given(st.integers(0, 10**9) | st.text())
def test_reads_back(source: int | str) -> None:
    plain = text(random.Random(source)) if isinstance(source, int) else source
    for in_link in (False, True):
        markdown = markdown_text(plain, in_link=in_link)
        assert plain_of(markdown) == clean_text(plain)
        assert "{{" not in markdown
        assert "{%" not in markdown


@pytest.mark.shared
def test_corpus_digests_are_unchanged(corpus: dict[str, str]) -> None:
    digests = [line[2:] for post in corpus.values() for line in post.splitlines() if line.startswith("> ")]
    assert len(digests) >= 4
    for digest in digests:
        assert markdown_text(digest) == digest
