"""What the source sees of us: robots.txt, user agent, rate, open requests, waiting when asked to."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from time import monotonic, sleep

import pytest

from finews.newsroom import Newsroom
from finews.schema.records import ROBOTS_KEPT_FOR, RobotsFile
from finews.spiders.crawl import Crawl
from finews.spiders.robots_shelf import ASKED_AGAIN_AFTER, RobotsShelf, Rules

from .crawling import AGENT, fetched, plain, settings, told


def test_headers(room: Newsroom, crawl: Crawl) -> None:
    """An honest name; gzip; no referer, no cookie."""
    code = plain(room)[0].info_code
    crawl.configure(settings(room.bases[0]))
    fetched(crawl, [code])
    assert [each.kind for each in room.requests] == ["robots", "text"]
    for request in room.requests:
        headers = {name.lower(): value for name, value in request.headers.items()}
        assert headers["user-agent"] == AGENT
        assert headers["accept-encoding"] == "gzip, deflate"
        assert not {"referer", "cookie"} & set(headers)


def test_robots_are_read_once_and_reported(room: Newsroom, crawl: Crawl) -> None:
    """For each origin, however many paths of it are mirrors; the next crawl knows them."""
    codes = [each.info_code for each in plain(room)[:20]]
    crawl.configure(settings(f"{room.bases[0]}/~http_404", *room.bases[:2]))
    fetched(crawl, codes)
    assert room.count("robots") == 1
    file = crawl.robots_read[room.bases[0]]
    assert (file.status, "User-agent" in file.body) == (200, True)
    room.forget_requests()
    crawl.configure(settings(room.bases[0], robots=crawl.robots_read))
    fetched(crawl, codes)
    assert room.count("robots") == 0


def test_old_robots_are_read_again(room: Newsroom, crawl: Crawl) -> None:
    """After a day."""
    code = plain(room)[0].info_code
    old = RobotsFile(
        status=200, body="User-agent: *\nDisallow: /", fetched_at=datetime.now(UTC) - timedelta(days=1)
    )
    crawl.configure(settings(room.bases[0], robots={room.bases[0]: old}))
    assert told(fetched(crawl, [code])[code]) == (None, "")
    assert room.count("robots") == 1


def test_robots_grow_old_in_a_process_that_lives_on(room: Newsroom, crawl: Crawl) -> None:
    """A day is over between two jobs: the next one reads again."""
    codes = [each.info_code for each in plain(room)[:2]]
    almost = RobotsFile(
        status=404, body="", fetched_at=datetime.now(UTC) - ROBOTS_KEPT_FOR + timedelta(seconds=1)
    )
    crawl.configure(settings(room.bases[0], robots={room.bases[0]: almost}))
    fetched(crawl, codes[:1])
    sleep(1.1)
    fetched(crawl, codes[1:])
    assert room.count("robots") == 1


def test_robots_that_could_not_be_had_are_asked_for_again() -> None:
    """After minutes, not at once and not never."""

    async def prove() -> None:
        shelf = RobotsShelf(known={}, tell=lambda _origin, _file: None)
        promise = shelf.rules["a"] = asyncio.get_running_loop().create_future()
        assert shelf.current("a") is promise, "somebody reads it just now"
        rules = Rules(None)
        promise.set_result(rules)
        assert shelf.current("a") is promise
        rules.until -= ASKED_AGAIN_AFTER
        assert shelf.current("a") is None

    asyncio.run(prove())


def test_robots_forbid() -> None:
    """A mirror that does not want it is not asked; another one may be."""
    with Newsroom(disallow=["/NewsData/"]) as closed, Newsroom() as open_, Crawl() as crawl:
        code = plain(open_)[0].info_code
        crawl.configure(settings(closed.bases[0]))
        assert told(fetched(crawl, [code])[code]) == ("blocked", "robots")
        crawl.configure(settings(closed.bases[0], open_.bases[0]))
        assert told(fetched(crawl, [code])[code]) == (None, "")
        assert closed.count("text") == 0
        crawl.configure(settings(closed.bases[0], obey_robots=False))
        assert told(fetched(crawl, [code])[code]) == (None, "")


@pytest.mark.parametrize(
    ("kind", "remembered"),
    [("http_404", 404), ("http_500", None), ("http_429", None), ("drop", None), ("stall", None),
     ("redirect_away", None), ("endless", None), ("bad_gzip", None)],
)  # fmt: skip
def test_robots_out_of_order(room: Newsroom, crawl: Crawl, kind: str, remembered: int | None) -> None:
    """No file is remembered as such; one that cannot be had allows everything, and is asked for again next time."""
    code = plain(room)[0].info_code
    room.fault(kind, path="robots", mirror=0)
    before = crawl.robots_read.get(room.bases[0])
    crawl.configure(settings(room.bases[0], timeout=0.5))
    assert told(fetched(crawl, [code])[code]) == (None, "")
    assert not room.strays
    after = crawl.robots_read.get(room.bases[0])
    assert after != before if remembered else after == before
    assert remembered is None or (after and after.status == remembered)


def test_rate(room: Newsroom, crawl: Crawl) -> None:
    """Twenty requests a second: nine take four tenths at least."""
    codes = [each.info_code for each in plain(room)[:8]]
    crawl.configure(settings(room.bases[0], rate=20))
    began = monotonic()
    fetched(crawl, codes)
    assert monotonic() - began >= 8 / 20
    assert room.count() == 9


def test_rate_of_two_processes(room: Newsroom) -> None:
    """Together they do not ask more often."""
    codes = [each.info_code for each in plain(room)[:10]]
    with Crawl(settings(room.bases[0], rate=20), processes=2) as crawl:
        began = monotonic()
        fetched(crawl, codes)
    assert monotonic() - began >= 8 / 20


@pytest.mark.parametrize("processes", [1, 2])
def test_open_requests(room: Newsroom, processes: int) -> None:
    """Never more at a mirror than allowed."""
    room.fault("stall", seconds=0.05, path="text")
    with Crawl(settings(room.bases[0], concurrency=4), processes=processes) as crawl:
        fetched(crawl, [each.info_code for each in plain(room)[:40]])
    assert 1 < max(each.open_on_mirror for each in room.requests) <= 4


@pytest.mark.parametrize("kind", ["http_429", "http_429_date"])
def test_a_short_wish_is_waited_for(room: Newsroom, crawl: Crawl, kind: str) -> None:
    """Both forms; the repetition comes when it may, others go on meanwhile."""
    late, *others = [each.info_code for each in plain(room)[:3]]
    room.fault(kind, info_code=late, times=1, retry_after=2, path="text")
    crawl.configure(settings(room.bases[0]))
    assert {told(each) for each in fetched(crawl, [late]).values()} == {(None, "")}
    first, second = (each.at for each in room.requests if each.info_code == late)
    # A date has no fractions of a second.
    assert second - first >= (2 if kind == "http_429" else 1)
    assert {told(each) for each in fetched(crawl, others).values()} == {(None, "")}


def test_a_long_wish_gives_the_link_back(room: Newsroom, crawl: Crawl) -> None:
    """At once, with the time; and no other link disturbs the mirror meanwhile."""
    first, second = [each.info_code for each in plain(room)[:2]]
    room.fault("http_429", path="text", times=1, retry_after=600)
    crawl.configure(settings(room.bases[0]))
    fetch = fetched(crawl, [first])[first]
    assert told(fetch) == ("blocked", "http_429")
    assert fetch.retry_after
    assert timedelta(seconds=599) < fetch.retry_after <= timedelta(seconds=600)
    fetch = fetched(crawl, [second])[second]
    assert told(fetch) == ("blocked", "http_429")
    assert fetch.retry_after
    assert fetch.retry_after > timedelta(seconds=590)
    assert (fetch.attempts, room.count("text")) == ((), 1)


def test_a_wish_heard_from_a_feed_is_the_feeds_own(room: Newsroom, crawl: Crawl) -> None:
    """A feed that fails stops no article."""
    code = plain(room)[0].info_code
    room.fault("http_503", path="feeds", retry_after=600)
    crawl.configure(settings(*room.bases[:2]))
    assert crawl.feeds(["37"])[0].error == "http_503"
    assert told(fetched(crawl, [code])[code]) == (None, "")
    assert (room.count("feeds"), room.count("text", mirror=0), room.count("text", mirror=1)) == (1, 1, 0)


def test_redirects_between_mirrors(room: Newsroom, crawl: Crawl) -> None:
    """Followed, and both requests counted; never off the mirrors."""
    code = plain(room)[0].info_code
    room.fault("redirect_away", path="text", mirror=0, to=room.bases[1])
    before = crawl.requests.copy()
    crawl.configure(settings(*room.bases[:2]))
    fetch = fetched(crawl, [code])[code]
    assert told(fetch) == (None, "")
    assert fetch.payload
    assert fetch.payload.url.startswith(room.bases[1])
    assert crawl.requests - before == {"text": 2, "robots": 2}
    crawl.configure(settings(room.bases[0]))
    assert told(fetched(crawl, [code])[code]) == ("blocked", "redirect_away")
