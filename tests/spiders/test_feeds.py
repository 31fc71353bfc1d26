"""The five feeds: one request each, and none in another's way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from finews.newsroom import Newsroom
from finews.schema.records import FEEDS, RobotsFile
from finews.spiders.crawl import Crawl, FeedAnswer

from .crawling import settings

HOME = {
    "rolling": ("/web/webapi", {"type": "102", "count": "7", "newsid": "1"}),
    "headlines": ("/web/webapi", {"type": "45", "count": "7", "newsid": "1"}),
    "37": ("/information/newmarket/web/webapi", {"marketType": "37", "count": "7"}),
    "38": ("/information/newmarket/web/webapi", {"marketType": "38", "count": "7"}),
    "39": ("/information/newmarket/web/webapi", {"marketType": "39", "count": "7"}),
}


def read(crawl: Crawl, *names: str) -> dict[str, FeedAnswer]:
    """The answers by name; all five without names."""
    return {answer.name: answer for answer in crawl.feeds(names or FEEDS)}


def known(room: Newsroom, status: int = 200, body: str = "") -> dict[str, RobotsFile]:
    """A robots.txt that was read an hour ago."""
    file = RobotsFile(status=status, body=body, fetched_at=datetime.now(UTC) - timedelta(hours=1))
    return {room.bases[0]: file}


def test_exactly_five_requests(room: Newsroom, crawl: Crawl) -> None:
    """With robots.txt in mind; each at its address, from the first mirror."""
    before = crawl.requests.copy()
    crawl.configure(settings(*room.bases, feed_count=7, robots=known(room)))
    answers = read(crawl)
    assert {(each.path, tuple(each.query.items())) for each in room.requests} == {
        (path, tuple(query.items())) for path, query in HOME.values()
    }
    assert len(room.requests) == room.count("feeds", mirror=0) == 5
    assert crawl.requests - before == {"feed": 5}
    for name, answer in answers.items():
        assert answer.error is None
        assert 0 < len(answer.listings) <= 7
        assert {each.feed for each in answer.listings} == {name}


@pytest.mark.parametrize(
    ("kind", "error", "requests"),
    [
        ("http_500", "http_500", 2),
        ("http_404", "http_404", 1),
        ("http_403", "http_403", 1),
        ("http_429", "http_429", 2),
        ("drop", "connection", 2),
        ("stall", "timeout", 1),
        ("html", "not_json", 1),
        ("truncated_json", "not_json", 1),
        ("not_object", "not_json", 1),
        ("login_page", "login_page", 1),
        ("captcha", "captcha", 1),
        ("gbk", "bad_encoding", 1),
        ("huge", "too_large", 1),
        ("bad_gzip", "bad_gzip", 1),
        ("empty", "body_empty", 1),
        ("redirect_away", "redirect_away", 1),
        ("redirect_loop", "redirect_loop", 1),
    ],
)
def test_one_feed_fails(room: Newsroom, crawl: Crawl, kind: str, error: str, requests: int) -> None:
    """Its error is told, the market feeds are read, and it is well again afterwards."""
    room.fault(kind, path="/web/webapi")
    crawl.configure(settings(*room.bases, robots=known(room)))
    answers = read(crawl, "headlines", "37")
    assert (answers["headlines"].error, answers["headlines"].listings) == (error, ())
    assert answers["37"].error is None
    assert answers["37"].listings
    assert sum(each.path == "/web/webapi" for each in room.requests) == requests
    assert not room.strays
    room.clear_faults()
    assert read(crawl, "headlines")["headlines"].error is None


def test_half_the_fields(room: Newsroom, crawl: Crawl) -> None:
    """What still names an article is listed."""
    crawl.configure(settings(room.address("half_fields"), robots=known(room)))
    answers = read(crawl)
    assert all(answer.error is None for answer in answers.values())
    assert answers["37"].listings


def test_passing_failure(room: Newsroom, crawl: Crawl) -> None:
    """One more try, after a pause, mends it."""
    room.fault("http_500", path="feeds", times=1)
    crawl.configure(settings(*room.bases, robots=known(room)))
    assert read(crawl, "37")["37"].error is None


def test_forbidden_feed(room: Newsroom, crawl: Crawl) -> None:
    """robots.txt from memory: nothing is asked."""
    robots = known(room, body="User-agent: finews\nDisallow: /web/\n")
    crawl.configure(settings(*room.bases, robots=robots))
    answers = read(crawl, "rolling", "37")
    assert answers["rolling"].error == "robots"
    assert answers["37"].error is None
    assert len(room.requests) == 1
