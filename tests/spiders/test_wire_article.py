"""Article texts → fields, and: on any JSON at all, nothing but WireError."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finews.schema.records import CHINA
from finews.spiders.wire import ArticleText, WireError, article_page, article_text, parse_feed

CODE = "NW202112222221210789"
OTHER = "NW202112222221210780"


def read(answer: Any, code: str = CODE) -> ArticleText:
    """The fields of an answer given as JSON."""
    return article_text(code, json.dumps(answer).encode(), "application/json")


def test_all_fields() -> None:
    """Strings come raw."""
    answer = {
        "id": CODE,
        "newsid": CODE[2:],
        "title": " 标题 ",
        "date": "2021-12-22 15:37:43",
        "medianame": "厦门晚报 ",
        "from": "网络",
        "author": ["张三", "", 7, "李四"],
        "text": "　　<p>正文</p>\u0000\ud800",
    }
    assert read(answer) == ArticleText(
        title=" 标题 ",
        moment=datetime(2021, 12, 22, 15, 37, 43, tzinfo=CHINA),
        media="厦门晚报 ",
        source="网络",
        html="　　<p>正文</p>\ufffd",
        authors=("张三", "李四"),
    )


def test_content_stands_in_for_text() -> None:
    """Whatever `text` is, if it is no usable one."""
    unusable: tuple[Any, ...] = (None, "", " 　", 7, [])
    for text in unusable:
        assert read({"text": text, "content": "<p>正文</p>"}).html == "<p>正文</p>"


def test_wrong_types_are_missing() -> None:
    """An article may have nothing but its text."""
    fields = dict.fromkeys(("id", "newsid", "title", "date", "from", "medianame", "author"), 7)
    bare = ArticleText(title="", moment=None, media="", source="", html="正文")
    assert read({**fields, "text": "正文"}) == bare


@pytest.mark.parametrize("key", ["id", "newsid"])
@pytest.mark.parametrize("value", [OTHER, OTHER[2:], OTHER.lower(), f" {OTHER} "])
def test_another_article(key: str, value: str) -> None:
    """In whichever field and form, and before anything else is looked at."""
    with pytest.raises(WireError, match="wrong_article"):
        read({"id": CODE, key: value, "text": ""})


@pytest.mark.parametrize("value", [CODE, CODE[2:], CODE.lower(), "", None, 7, "NW1", int(OTHER[2:])])
def test_the_same_article_or_no_word_about_it(value: object) -> None:
    """A number says nothing: as JSON it may have lost digits."""
    assert read({"id": value, "newsid": value, "text": "正文"}).html == "正文"


@pytest.mark.parametrize("answer", [{}, {"text": " "}, {"text": None, "content": 7}, {"id": CODE}])
def test_no_usable_text(answer: Any) -> None:
    """An object without a body."""
    with pytest.raises(WireError, match="body_empty"):
        read(answer)


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just(CODE)
keys = st.sampled_from(
    ["id", "newsid", "title", "date", "from", "medianame", "author", "text", "content", "records", "nodeList",
     "record", "infoCode", "infocode", "showtime", "datetime", "digest", "url_w"]
) | st.text(max_size=5)  # fmt: skip
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(keys, inner, max_size=8),
    max_leaves=30,
)


@settings(derandomize=True, max_examples=300)
@given(anything)
def test_any_json(value: Any) -> None:
    """A reader gives a record or a WireError, whatever the source answers."""
    check_all(json.dumps(value).encode(), "application/json")


@settings(derandomize=True, max_examples=300)
@given(
    st.binary(max_size=200), st.text(max_size=30) | st.sampled_from(["utf-16", "utf-7", "idna", "punycode"])
)
def test_any_bytes(body: bytes, content_type: str) -> None:
    """The same for bytes that are no JSON, and for any charset."""
    check_all(body, content_type)


def check_all(body: bytes, content_type: str) -> None:
    """Reads the body as everything that it might be."""
    for reader in (article_text, article_page, parse_feed):
        for name in (CODE, "rolling", "headlines", "37"):
            with suppress(WireError):
                reader(name, body, content_type)
