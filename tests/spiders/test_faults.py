"""Each fault of the source over real HTTP: how the link ends, and that it ends well once the fault is gone."""

from __future__ import annotations

import pytest

from finews.newsroom import Newsroom
from finews.spiders.crawl import Crawl

from .crawling import fetched, plain, settings, told

FAULTS = [
    ("drop", ("failed", "connection")),
    ("stall", ("failed", "timeout")),
    ("drip", ("failed", "timeout")),
    ("short_body", ("failed", "connection")),
    ("bad_gzip", ("failed", "bad_gzip")),
    ("http_403", ("blocked", "http_403")),
    ("http_404", ("gone", "http_404")),
    ("http_410", ("gone", "http_410")),
    ("http_429", ("blocked", "http_429")),
    ("http_429_date", ("blocked", "http_429")),
    ("http_500", ("failed", "http_500")),
    ("http_502", ("failed", "http_502")),
    ("http_503", ("failed", "http_503")),
    ("login_page", ("blocked", "login_page")),
    ("captcha", ("blocked", "captcha")),
    ("html", ("quarantined", "not_json")),
    ("wrong_article", ("quarantined", "wrong_article")),
    ("gbk", ("quarantined", "bad_encoding")),
    ("huge", ("quarantined", "too_large")),
    ("endless", ("quarantined", "too_large")),
    ("redirect_loop", ("failed", "redirect_loop")),
    ("redirect_away", ("blocked", "redirect_away")),
    ("truncated_json", ("quarantined", "not_json")),
    ("empty", ("quarantined", "body_empty")),
    ("not_object", ("quarantined", "not_json")),
]


@pytest.mark.parametrize(("kind", "expected"), FAULTS)
def test_fault_of_all_mirrors(room: Newsroom, crawl: Crawl, kind: str, expected: tuple[str, str]) -> None:
    """The outcome and reason of the contract, then recovery."""
    code = plain(room)[3].info_code
    crawl.configure(settings(*(room.address(kind, mirror=each) for each in range(2)), retries=0))
    fetch = fetched(crawl, [code])[code]
    assert told(fetch) == expected
    assert {each.mirror for each in fetch.attempts} == {room.address(kind, mirror=each) for each in range(2)}
    assert bool(fetch.payload) == (expected[0] == "quarantined")
    assert not room.strays
    crawl.configure(settings(*room.bases))
    assert told(fetched(crawl, [code])[code]) == (None, "")


@pytest.mark.parametrize("kind", [kind for kind, _ in FAULTS])
def test_fault_of_one_mirror(room: Newsroom, crawl: Crawl, kind: str) -> None:
    """The next mirror has the article, and what was wrong is told."""
    code = plain(room)[3].info_code
    crawl.configure(settings(room.address(kind), room.bases[1]))
    fetch = fetched(crawl, [code])[code]
    assert told(fetch) == (None, "")
    assert fetch.payload
    assert fetch.payload.url.startswith(room.bases[1])
    assert [each.reason == "ok" for each in fetch.attempts] == [False, True]


def test_bodies_unpack_to_too_much(room: Newsroom, crawl: Crawl) -> None:
    """A small gzip of a large body is stopped on the way."""
    code = plain(room)[0].info_code
    room.fault("huge", gzip=True, path="text")
    crawl.configure(settings(room.bases[0]))
    fetch = fetched(crawl, [code])[code]
    assert told(fetch) == ("quarantined", "too_large")
    assert fetch.payload
    assert fetch.payload.body == b""


def test_nobody_listens(crawl: Crawl) -> None:
    """A refused connection and a host without an address."""
    code = "NW202112222221210789"
    crawl.configure(settings("http://127.0.0.1:1", "http://no-such-host.invalid", retries=0, timeout=5.0))
    fetch = fetched(crawl, [code])[code]
    assert told(fetch) == ("failed", "connection")
    assert [each.reason for each in fetch.attempts] == ["connection", "connection"]


def test_a_passing_fault(room: Newsroom, crawl: Crawl) -> None:
    """Asked again a moment later."""
    code = plain(room)[0].info_code
    for kind in ("http_500", "drop", "http_503"):
        room.fault(kind, path="text", times=1)
        crawl.configure(settings(room.bases[0]))
        fetch = fetched(crawl, [code])[code]
        assert told(fetch) == (None, "")
        assert len(fetch.attempts) == 2


def test_a_timeout_is_not_repeated(room: Newsroom, crawl: Crawl) -> None:
    """It has cost a whole time limit."""
    code = plain(room)[0].info_code
    room.fault("stall", path="text")
    crawl.configure(settings(room.bases[0], timeout=0.3, retries=5))
    assert len(fetched(crawl, [code])[code].attempts) == 1


def test_an_article_that_only_a_page_holds(room: Newsroom, crawl: Crawl) -> None:
    """Found behind its share link."""
    article = next(each for each in room.articles if each.page_only)
    crawl.configure(settings(*room.bases))
    fetch = fetched(crawl, [article.info_code])[article.info_code]
    assert told(fetch) == (None, "")
    assert fetch.payload
    assert fetch.payload.part == "page"
    assert [each.part for each in fetch.attempts] == ["text", "text", "text", "page"]


def test_a_mirror_without_the_article(room: Newsroom, crawl: Crawl) -> None:
    """Another one has it."""
    code = plain(room)[0].info_code
    room.withhold(code, mirror=0)
    try:
        crawl.configure(settings(*room.bases))
        fetch = fetched(crawl, [code])[code]
    finally:
        room.restore(code)
    assert [each.reason for each in fetch.attempts] == ["http_404", "ok"]


def test_a_sick_mirror_is_put_last(room: Newsroom, crawl: Crawl) -> None:
    """After a few links nobody asks it first any more."""
    room.fault("http_500", mirror=0, path="text")
    crawl.configure(settings(*room.bases, concurrency=1))
    fetches = fetched(crawl, [each.info_code for each in plain(room)[:30]])
    assert {told(each) for each in fetches.values()} == {(None, "")}
    assert room.count("text", mirror=0) == 5
