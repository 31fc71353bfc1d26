"""Bytes → text: UTF-8 first, what is declared second, nothing by guess."""

from __future__ import annotations

import pytest

from finews.spiders.decoding import WireError, decoded, json_object


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
