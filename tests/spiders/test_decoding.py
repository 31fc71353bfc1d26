"""Bytes → text: UTF-8 first, what is declared second, nothing by guess."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finews.spiders.decoding import WireError, decoded, json_object, json_value


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("厦门晚报".encode(), "application/json; charset=utf-8"),
        (b"\xef\xbb\xbf" + "厦门晚报".encode(), "application/json"),
        ("厦门晚报".encode(), "text/html; charset=gbk"),
        ("厦门晚报".encode("gbk"), "text/html; charset=GBK"),
        ("厦门晚报".encode("gbk"), 'text/html; charset="gb2312"'),
        ("厦门晚报".encode("gb18030"), "gb18030"),
        ("厦门晚报".encode("utf-16"), "text/html;charset=utf-16"),
    ],
)
def test_text_is_read(body: bytes, content_type: str) -> None:
    """UTF-8 whatever is declared, with or without a mark; else the declared charset, GBK as GB18030."""
    assert decoded(body, content_type) == "厦门晚报"


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "application/json",
        "text/html; charset=utf-8",
        "charset=nonsense",
        "charset=hex",
        "charset=latin-1",
    ],
)
def test_text_is_not_guessed(content_type: str) -> None:
    """Bytes that are neither UTF-8 nor what is declared are no text."""
    with pytest.raises(WireError, match="bad_encoding"):
        decoded("厦门晚报".encode("gbk"), content_type)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "body_empty"),
        (b" \r\n", "body_empty"),
        (b"[]", "not_json"),
        (b"null", "not_json"),
        (b'{"a": ', "not_json"),
        (b"<html></html>", "not_json"),
        (b"[" * 200_000, "not_json"),
        (b'{"a": ' + b"9" * 10_000 + b"}", "not_json"),
        (b"\xff\xfe", "bad_encoding"),
    ],
    ids=["empty", "blank", "list", "null", "cut", "html", "deep", "number", "bytes"],
)
def test_anything_but_an_object_has_its_reason(body: bytes, reason: str) -> None:
    """Empty, truncated, not JSON, too deep, too long a number, no text."""
    with pytest.raises(WireError, match=reason):
        json_object(body, "application/json")


def test_odd_characters_in_strings_are_no_error() -> None:
    """A NUL and half a surrogate pair are JSON."""
    assert json_object(rb'{"a": "\u0000\ud800"}', "")["a"] == "\x00\ud800"


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@settings(derandomize=True, max_examples=500, deadline=None)
@given(_VALUES, st.booleans())
def test_json_is_read_as_python_reads_it(value: object, ascii_only: bool) -> None:
    """Also what the quick reader refuses: lone surrogates, NaN and infinities."""
    text = json.dumps(value, ensure_ascii=ascii_only)
    assert repr(json_value(text, exact=False)) == repr(json_value(text)) == repr(json.loads(text))


@pytest.mark.parametrize("text", ['{"a": "\\ud800"}', '{"a": NaN}', '{"a": 1e400}', '{"a": "\\u0000"}'])
def test_json_that_not_everybody_reads(text: str) -> None:
    assert repr(json_value(text, exact=False)) == repr(json_value(text)) == repr(json.loads(text))


@pytest.mark.parametrize("exact", [True, False])
def test_numbers_too_long_are_no_json(exact: bool) -> None:
    with pytest.raises(WireError, match="not_json"):
        json_value('{"a": %s}' % ("1" * 5000), exact=exact)
