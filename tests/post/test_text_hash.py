"""The same text has one hash, whatever its markup, width and punctuation; another text has another."""

from __future__ import annotations

import hashlib
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finews.flows.text_hash import _FOLDED, NO_TEXT, SHORTEST, text_hash
from finews.flows.visible_text import visible_text

TEXT = "样本公司3月10日公告，称“一季度净利润增长2.5%”。公司表示：经营正常、订单充足。"


@pytest.mark.parametrize(
    "html",
    [
        f"<p>{TEXT}</p>",
        f"<div><p>{TEXT[:9]}</p>\n\n<p>&nbsp;{TEXT[9:]}</p></div>",
        f'<p><span data-code="1,600160">{TEXT[:4]}</span><b>{TEXT[4:]}</b></p><img src="/a.png">',
        f"<p>\u3000\u3000{TEXT}\u200b</p><!-- a comment --><script>x()</script>",
        TEXT.replace("，", ",").replace("：", ":").replace("“", '"').replace("”", "「"),
        "".join(chr(ord(each) + 0xFEE0) if each.isascii() else each for each in TEXT),
        f'<p>{TEXT}</p><p class="em_media">（文章来源：<a href="//x">厦门晚报</a>）</p>',
        TEXT.replace("2.5", "&#50;.5"),
    ],
)
def test_the_same_text(html: str) -> None:
    assert len(text_hash(html)) == 16
    assert text_hash(html) == text_hash(TEXT)


@pytest.mark.parametrize(
    "html",
    [
        TEXT.replace("2.5", "25"),
        TEXT.replace("增长2.5", "增长-2.5"),
        TEXT.replace("增长", "下降"),
        TEXT + "完",
    ],
)
def test_another_text(html: str) -> None:
    assert text_hash(html) not in (text_hash(TEXT), NO_TEXT)


@pytest.mark.parametrize(
    "html",
    [
        "",
        "<p>快讯</p>",
        '<p><img src="http://pic.example/chart.png" alt="一张没有文字的图片，说明也不算正文的文字"></p>',
        '<p>图</p><p class="em_media">（文章来源：样本财经报社证券新闻部编辑中心）</p>',
        f"<p>{'字' * (SHORTEST - 1)}{chr(0x3000) * 9}</p>",
    ],
)
def test_too_little_to_tell(html: str) -> None:
    assert text_hash(html) == NO_TEXT


@settings(derandomize=True, max_examples=800, deadline=None)
@given(
    st.text(
        alphabet=st.one_of(st.characters(codec="utf-8"), st.sampled_from("，＝…\u0338\u3000～、“ｶﾞé")),
        max_size=60,
    )
)
def test_signs_are_folded_after_nfkc(text: str) -> None:
    """The common signs are replaced ahead of NFKC, for it is slow; hashes that are stored must not change by that."""
    signs = unicodedata.normalize("NFKC", visible_text(text))
    plain = "".join("".join(_FOLDED.get(each, each) for each in signs).split())
    known = hashlib.blake2b(plain.encode(), digest_size=16).digest() if len(plain) >= SHORTEST else NO_TEXT
    assert text_hash(text) == known
