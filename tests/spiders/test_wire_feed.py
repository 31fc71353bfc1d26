"""Feeds → listings."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

from finews.schema.records import CHINA, Listing
from finews.spiders.wire import WireError, parse_feed

MOMENT = datetime(2021, 12, 22, 15, 37, 43, tzinfo=CHINA)


def listed(name: str, answer: Any) -> tuple[Listing, ...]:
    """The listings of an answer given as JSON."""
    return parse_feed(name, json.dumps(answer).encode(), "application/json")


def test_rolling_feed() -> None:
    """`id` without NW is enough; the digest stays as it is."""
    record = {
        "id": "202112222221210789",
        "title": " 标题　",
        "digest": " 【标题】摘要",
        "showtime": "2021-12-22 15:37:43",
        "url_w": " http://finance.eastmoney.com/a/202112222221210789.html ",
    }
    assert listed("rolling", {"records": [record]}) == (
        Listing(
            info_code="NW202112222221210789",
            feed="rolling",
            position=0,
            title="标题",
            moment=MOMENT,
            media="",
            digest=" 【标题】摘要",
            url="http://finance.eastmoney.com/a/202112222221210789.html",
        ),
    )


def test_headline_feed() -> None:
    """Its list is `nodeList`, its code `infocode`, its media `from`."""
    record = {
        "infocode": "nw202112222221210789",
        "title": "标题",
        "from": " 厦门晚报 ",
        "showtime": "2021-12-22 15:37:43",
        "digest": "no business of this feed",
    }
    (listing,) = listed("headlines", {"nodeList": [record]})
    assert (listing.info_code, listing.media, listing.moment) == ("NW202112222221210789", "厦门晚报", MOMENT)
    assert listing.digest == ""


def test_market_feed() -> None:
    """Its list is `record`, its time `datetime`."""
    record = {
        "infoCode": "NW202112222221210789",
        "title": "标题",
        "medianame": "中国证券报",
        "datetime": "2021-12-22 15:37:43",
    }
    (listing,) = listed("38", {"record": [record]})
    assert (listing.feed, listing.media, listing.moment) == ("38", "中国证券报", MOMENT)


def test_wrong_types_are_missing_and_useless_records_left_out() -> None:
    """Positions are those in the source's own list."""
    records: list[Any] = [
        None,
        "NW202112222221210789",
        {"title": "no code"},
        {"infoCode": "NW202113222221210789"},
        {"infoCode": 202112222221210789},
        {"infoCode": None, "id": "202112222221210789", "title": 7, "showtime": [], "digest": {}, "url_w": 1},
    ]
    (listing,) = listed("rolling", {"records": records})
    assert listing == Listing(info_code="NW202112222221210789", feed="rolling", position=5)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({}, "no_records"),
        ({"records": None}, "no_records"),
        ({"records": {"0": {}}}, "no_records"),
        ({"record": []}, "no_records"),
        ([], "not_json"),
        ("records", "not_json"),
    ],
)
def test_a_feed_without_its_list(answer: Any, reason: str) -> None:
    """A missing list is an error, an empty one is not."""
    with pytest.raises(WireError, match=reason):
        listed("rolling", answer)
    assert listed("rolling", {"records": []}) == ()
