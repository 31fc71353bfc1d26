"""Faults of the content, each over real HTTP."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

import finews.newsroom
from finews.newsroom import FEEDS, KINDS, Newsroom, load_samples, sample
from finews.newsroom.faults import PARAMETERS

from .asking import ask, feed_address, search_address, text_address

ARTICLE = sample("in_every_feed")
CODE = ARTICLE.info_code


def addresses(base: str) -> list[str]:
    """An address of every place that suffers."""
    return [text_address(base, CODE), search_address(base), *(feed_address(base, name) for name in FEEDS)]


def test_the_package_lists_every_fault_and_parameter() -> None:
    told = finews.newsroom.__doc__ or ""
    assert all(f"/~{kind}" in told for kind in KINDS)
    assert all(f"{name}:" in told for names in PARAMETERS.values() for name in names)


@pytest.mark.parametrize("status", [403, 404, 410, 429, 500, 502, 503])
def test_a_status_is_answered_everywhere(quiet: Newsroom, status: int) -> None:
    for address in addresses(quiet.address(f"http_{status}")):
        reply = ask(address)
        assert reply.status == status
        assert reply.headers["Retry-After"] == ("1" if status == 429 else None)


def test_retry_after_is_set_by_option(room: Newsroom) -> None:
    room.fault("http_429", path="text", retry_after=7)
    room.fault("http_503", path="search", retry_after=0.5)
    assert ask(text_address(room.bases[0], CODE)).headers["Retry-After"] == "7"
    assert ask(search_address(room.bases[0])).headers["Retry-After"] == "0.5"


def test_retry_after_can_be_a_date(room: Newsroom) -> None:
    room.fault("http_429_date", retry_after=3600)
    before = datetime.now(UTC).replace(microsecond=0)
    reply = ask(text_address(room.bases[0], CODE))
    assert reply.status == 429
    assert (parsedate_to_datetime(reply.headers["Retry-After"]) - before).total_seconds() >= 3599


@pytest.mark.parametrize(
    ("kind", "marks"),
    [
        ("login_page", ['type="password"', "登录"]),
        ("captcha", ["安全验证", "滑块", "captcha"]),
        ("html", ["<!DOCTYPE html>"]),
    ],
)
def test_a_page_comes_in_place_of_json(quiet: Newsroom, kind: str, marks: list[str]) -> None:
    for address in addresses(quiet.address(kind)):
        reply = ask(address)
        assert reply.status == 200
        assert reply.headers.get_content_type() == "text/html"
        assert all(mark in reply.text for mark in marks)


def test_the_wrong_article_has_its_own_id(quiet: Newsroom) -> None:
    for article in load_samples():
        answer = ask(text_address(quiet.address("wrong_article"), article.info_code)).json
        assert answer["id"] != article.info_code
        assert answer["id"] in {each.info_code for each in load_samples()}


def test_the_wrong_article_can_be_chosen(room: Newsroom) -> None:
    other = sample("table_body").info_code
    room.fault("wrong_article", info_code=CODE, other=other)
    assert ask(text_address(room.bases[0], CODE)).json["id"] == other


def test_gbk_is_not_what_the_header_says(quiet: Newsroom) -> None:
    reply = ask(text_address(quiet.address("gbk"), CODE))
    assert reply.headers.get_content_charset() == "utf-8"
    with pytest.raises(UnicodeDecodeError):
        reply.body.decode()
    assert json.loads(reply.body.decode("gbk"))["title"] == ARTICLE.title


def test_truncated_json_is_a_complete_answer(quiet: Newsroom) -> None:
    for address in addresses(quiet.address("truncated_json")):
        reply = ask(address)
        assert int(reply.headers["Content-Length"]) == len(reply.body) > 0
        with pytest.raises(ValueError, match=r"delimiter|Unterminated|Expecting|decode|end of data"):
            json.loads(reply.body)


@pytest.mark.parametrize("value", [[], None, "x", 7])
def test_json_need_not_be_an_object(room: Newsroom, value: Any) -> None:
    room.fault("not_object", value=value)
    assert all(ask(address).json == value for address in addresses(room.bases[0]))
    assert ask(text_address(room.address("not_object"), CODE)).json == []


@pytest.mark.parametrize("name", FEEDS)
def test_records_lack_half_their_keys_in_turn(quiet: Newsroom, name: str) -> None:
    (whole,) = ask(feed_address(quiet.bases[0], name)).json.values()
    (halved,) = ask(feed_address(quiet.address("half_fields"), name)).json.values()
    assert len(halved) == len(whole)
    for place, (half, record) in enumerate(zip(halved, whole, strict=True)):
        assert list(half) == list(record)[place % 2 :: 2]


def test_a_text_lacks_half_its_keys(quiet: Newsroom) -> None:
    answer = ask(text_address(quiet.address("half_fields"), CODE)).json
    assert set(answer) == {"id", "date", "medianame", "newsid", "url", "reletecodes", "text"}


def test_a_list_has_no_records(quiet: Newsroom) -> None:
    base = quiet.address("no_records")
    assert ask(search_address(base)).json == {"records": [], "total": len(load_samples())}
    assert ask(feed_address(base, "rolling")).json == {"records": []}
    assert ask(feed_address(base, "headlines")).json == {"nodeList": []}
    assert ask(text_address(base, CODE)).json == ask(text_address(quiet.bases[0], CODE)).json


@pytest.mark.parametrize("value", [7, "none", None, -1, 10**12])
def test_a_search_counts_wrongly(room: Newsroom, value: Any) -> None:
    honest = ask(search_address(room.bases[0])).json
    room.fault("wrong_total", path="search", value=value)
    assert ask(search_address(room.bases[0])).json == {**honest, "total": value}
    assert ask(search_address(room.address("wrong_total"))).json["total"] == 0


def test_a_redirect_leads_back_to_itself(quiet: Newsroom) -> None:
    for address in addresses(quiet.address("redirect_loop")):
        reply = ask(address)
        assert reply.status == 302
        assert address.endswith(reply.headers["Location"])
        assert reply.headers["Location"].startswith("/~redirect_loop/")


def test_a_redirect_leads_away_and_is_seen_there(room: Newsroom) -> None:
    reply = ask(text_address(room.address("redirect_away"), CODE))
    assert reply.headers["Location"] == text_address(room.away_base, CODE)
    assert room.away_base not in room.bases
    assert room.strays == []
    assert ask(reply.headers["Location"]).json["id"] == CODE
    assert [stray.info_code for stray in room.strays] == [CODE]
    assert room.count() == 1


def test_a_redirect_can_lead_anywhere(room: Newsroom) -> None:
    room.fault("redirect_away", to="http://127.0.0.1:1", path="search")
    location = ask(search_address(room.bases[0], pageIndex=2)).headers["Location"]
    assert location == search_address("http://127.0.0.1:1", pageIndex=2)
