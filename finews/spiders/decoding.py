"""Bytes of an answer → text and JSON, strictly."""

from __future__ import annotations

import codecs
import json
import re
from contextlib import suppress
from typing import Any, Final

import orjson

from finews.schema.plain_text import whole_characters

_CHARSET: Final = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9._:-]+)", re.IGNORECASE)
# What a Chinese source may honestly declare. GB18030 holds all that GBK and GB2312 can say, and what pages under
# their names really contain. Others are not believed: Latin-1 makes letters of any bytes, and some codecs of
# Python (punycode) take hours over a megabyte.
_READ_AS: Final = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb18030": "gb18030",
    "hz": "hz",
    "big5": "big5",
    "cp950": "cp950",
    "big5hkscs": "big5hkscs",
    "utf-16": "utf-16",
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
}


class WireError(ValueError):
    """The bytes are not what was asked for; `reason` is one of the contract's machine words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def decoded(body: bytes, content_type: str) -> str:
    """The text of a body: UTF-8 if it is that, else what its Content-Type (or bare charset) declares.

    Only charsets in which Chinese is written are believed. Raises WireError `bad_encoding` for bytes that are neither.
    """
    try:
        return body.decode().removeprefix("\ufeff")
    except UnicodeDecodeError:
        charset = declared_charset(content_type)
    if charset is None:
        raise WireError("bad_encoding")
    try:
        return body.decode(charset)
    except UnicodeDecodeError:
        raise WireError("bad_encoding") from None


def json_value(text: str, *, exact: bool = True) -> Any:
    """The JSON value that a text spells; raises WireError `not_json`.

    Numbers too long and nesting too deep for Python are no JSON here. Without `exact` whole numbers beyond 64 bits
    lose digits: that is twice as fast, and right where only strings are wanted.
    """
    try:
        return _read_quickly(text) if not exact else json.loads(text)
    except (ValueError, RecursionError):
        raise WireError("not_json") from None


def json_object(body: bytes, content_type: str, *, exact: bool = True) -> dict[str, Any]:
    """The JSON object in a body, `exact` as in `json_value`.

    Raises WireError `body_empty`, `bad_encoding` or `not_json`.
    """
    if not exact:
        # In one go where the bytes are what they should be; else the long way says what they are.
        with suppress(orjson.JSONDecodeError):
            if isinstance(value := orjson.loads(body), dict):
                return value
    if not body.strip():
        raise WireError("body_empty")
    value = json_value(decoded(body, content_type), exact=exact)
    if not isinstance(value, dict):
        raise WireError("not_json")
    return value


def _read_quickly(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        # It is stricter: lone surrogates and NaN are JSON to most others.
        return json.loads(text)


def string(value: object) -> str:
    """A JSON value that ought to be a string, in characters that can be stored; anything else is missing."""
    return whole_characters(value) if isinstance(value, str) else ""


def declared_charset(content_type: str) -> str | None:
    """What a Content-Type (or bare charset) declares, as Python's codec for it; None where it is not believed."""
    match = _CHARSET.search(content_type)
    try:
        codec = codecs.lookup(match[1] if match else content_type.strip())
    except (LookupError, ValueError):
        return None
    return _READ_AS.get(codec.name)
