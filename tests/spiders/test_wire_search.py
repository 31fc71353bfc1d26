"""Pages of the search → listings."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finews.schema.records import CHINA, Listing
from finews.spiders.decoding import WireError
from finews.spiders.search_answer import SearchAnswer, parse_search, placed

MOMENT = datetime(2021, 12, 22, 15, 37, 43, tzinfo=CHINA)
CODE = "NW202112222221210789"
RECORD = {
    "id": CODE,
    "title": " 标题　",
    "date": "2021-12-22 15:37:43",
    "from": "厦门晚报",
    "medianame": "",
    "url": "http://finance.eastmoney.com/a/202112222221210789.html",
    "author": ["某人"],
}


def parsed(answer: Any) -> SearchAnswer:
    """What is made of an answer given as JSON."""
    return parse_search(json.dumps(answer).encode(), "application/json")


def test_a_whole_record() -> None:
    """All that a listing has room for."""
    assert parsed({"records": [RECORD], "total": 4711}) == SearchAnswer(
        listings=(
            Listing(
                info_code=CODE,
                feed="search",
                position=0,
                title="标题",
                moment=MOMENT,
                media="厦门晚报",
                url="http://finance.eastmoney.com/a/202112222221210789.html",
            ),
        ),
        records=1,
        total=4711,
    )


@pytest.mark.parametrize("key", RECORD)
@pytest.mark.parametrize("value", [None, "", 7, [], {}, True, "没有"])
def test_any_field_may_be_anything(key: str, value: Any) -> None:
    """Only the infoCode is needed."""
    answer = parsed({"records": [{**RECORD, key: value}, {"id": CODE[2:]}, 7, None], "total": 4})
    assert [each.info_code for each in answer.listings] == [CODE] * (1 if key == "id" else 2)
    assert answer.records == 4
    strings = [text for each in answer.listings for text in (each.title, each.media, each.url)]
    assert {type(text) for text in strings} == {str}


def test_the_place_of_an_article_without_a_date() -> None:
    """The beginning of the day in its infoCode."""
    whole, bare = parsed({"records": [RECORD, {"id": CODE, "date": "0001-01-01 00:00:00"}]}).listings
    assert (bare.moment, placed(bare)) == (None, datetime(2021, 12, 22, tzinfo=CHINA))
    assert placed(whole) == MOMENT


@pytest.mark.parametrize(
    ("total", "number"),
    [(7, 7), ("7", 7), (" 12 ", 12), (0, 0), (-1, None), (True, None), ("many", None), ("", None), (None, None),
     (1.5, None), ([], None), ("²", None), ("9" * 50, None), (10**30, 10**30)],
)  # fmt: skip
def test_total(total: Any, number: int | None) -> None:
    """A number, also as a string; else it is not known."""
    assert parsed({"records": [], "total": total}).total == number


@pytest.mark.parametrize(
    "answer", [{"records": None, "total": 5}, {"total": "5"}, {"records": [], "total": 5}]
)
def test_an_empty_page(answer: Any) -> None:
    """A total without a list."""
    assert parsed(answer) == SearchAnswer(listings=(), records=0, total=5)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "body_empty"),
        (b"[]", "not_json"),
        (b"<html>", "not_json"),
        (b"{}", "no_records"),
        (b'{"records": 7, "total": 1}', "no_records"),
        (b'{"records": "x"}', "no_records"),
        ("{}".encode("utf-16"), "bad_encoding"),
    ],
)
def test_no_page(body: bytes, reason: str) -> None:
    """Each with its machine word."""
    with pytest.raises(WireError, match=reason):
        parse_search(body, "application/json")


@given(st.binary(max_size=200), st.text(max_size=20))
def test_any_bytes(body: bytes, charset: str) -> None:
    """Nothing but WireError comes out."""
    with suppress(WireError):
        parse_search(body, charset)
