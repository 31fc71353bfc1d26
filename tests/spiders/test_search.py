"""The search over real HTTP, by a real crawl process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from math import log2
from typing import Any

import pytest

from finews.newsroom import FIRST_MOMENT, Newsroom, SourceArticle, generate
from finews.schema.records import Listing
from finews.spiders.crawl import Crawl, Search
from finews.spiders.search_range import Range, days

from .crawling import settings

COUNT = 6000
APART = timedelta(seconds=90)
ARCHIVE = list(generate(COUNT, seed=5, apart=APART))
NEW = list(generate(200, seed=6, start=FIRST_MOMENT + 2 * COUNT * APART))
DAY = days(date(2026, 3, 11), date(2026, 3, 11))


def new_room(**options: Any) -> Newsroom:
    """A newsroom with six days of articles."""
    return Newsroom(ARCHIVE, **options)


@pytest.fixture(scope="module")
def served() -> Iterator[Newsroom]:
    """One that is only read."""
    with new_room() as room:
        yield room


def wanted(ranges: Sequence[Range], *, room: Newsroom | None = None) -> list[str]:
    """InfoCodes of the archive in these ranges, newest first."""
    articles: Sequence[SourceArticle] = room.articles if room else ARCHIVE
    held = [each for each in articles if any(one.holds(each.placed()) for one in ranges)]
    return [each.info_code for each in sorted(held, key=lambda each: each.sort_key, reverse=True)]


def found(search: Search) -> list[Listing]:
    """All that it finds, page by page, each once."""
    pages = list(search)
    assert all(pages)
    listings = [each for page in pages for each in page]
    assert len({each.info_code for each in listings}) == len(listings)
    assert sum(search.days.values()) == len(listings)
    return listings


def codes(listings: Sequence[Listing]) -> list[str]:
    """Their infoCodes."""
    return [each.info_code for each in listings]


def test_one_day(room: Newsroom, crawl: Crawl) -> None:
    """Found at once, with its fields, at one mirror, in few requests, which are counted."""
    before = crawl.requests.copy()
    crawl.configure(settings(*room.bases))
    search = crawl.search([DAY])
    listings = found(search)
    assert codes(listings) == wanted([DAY])
    assert search.end
    assert search.end.complete
    assert (search.end.reason, search.end.total) == ("", COUNT)
    pages = len(listings) / 100
    assert search.end.requests <= 2 * log2(COUNT / 100) + 1.1 * pages + 5
    assert room.count("search", mirror=0) == room.count("search") == search.end.requests
    assert (crawl.requests - before)["search"] == search.end.requests
    assert search.days == {date(2026, 3, 11): len(listings)}
    article = next(each for each in ARCHIVE if each.info_code == listings[0].info_code)
    assert (listings[0].title, listings[0].moment) == (article.title, article.placed())
    assert {each.feed for each in listings} == {"search"}


def test_what_is_asked(room: Newsroom, crawl: Crawl) -> None:
    """As the source's own clients ask, never for more than the limit."""
    crawl.configure(settings(*room.bases))
    found(crawl.search([DAY], limit=50))
    asked = [each for each in room.requests if each.kind == "search"]
    assert {each.path for each in asked} == {"/NewsData/GetNewsBySearch.do"}
    for each in asked:
        query = dict(each.query)
        page, limit = int(query.pop("pageIndex")), int(query.pop("limit"))
        assert page >= 1
        assert 1 <= limit <= 50
        assert query == {
            **dict.fromkeys(("types", "securityCodes", "title", "text", "source"), ""),
            "sort": "date",
            "order": "desc",
        }
    assert all(each.open_on_mirror == 1 for each in asked)


def test_separate_days(room: Newsroom, crawl: Crawl) -> None:
    """One walk, newest first."""
    ranges = [days(each, each) for each in (date(2026, 3, 10), date(2026, 3, 14), date(2026, 3, 12))]
    crawl.configure(settings(*room.bases))
    search = crawl.search(ranges)
    assert codes(found(search)) == wanted(ranges)
    assert list(search.days) == [date(2026, 3, 14), date(2026, 3, 12), date(2026, 3, 10)]


@pytest.mark.parametrize("at_once", [4, 30])
def test_two_hundred_arrive(crawl: Crawl, at_once: int) -> None:
    """While the pages shift nothing is missed, and nothing is told twice."""
    new = list(NEW)

    def publish(room: Newsroom) -> None:
        for article in new[:at_once]:
            room.publish(article)
        del new[:at_once]

    with new_room(mirrors=1, searched=publish) as room:
        crawl.configure(settings(*room.bases))
        ranges = [days(date(2026, 3, 9), date(2026, 3, 13))]
        search = crawl.search(ranges)
        listings = found(search)
    assert search.end
    assert search.end.complete
    assert codes(listings) == wanted(ranges)
    assert len(new) <= 200 - 200 // at_once
    assert room.count("search") == search.end.requests <= 1.2 * len(listings) / 100 + 20


def test_some_are_withdrawn_meanwhile(crawl: Crawl) -> None:
    """What moves up to pages that were read already is not missed."""
    doomed = codes_at_every(37)

    def withdraw(room: Newsroom) -> None:
        for _ in range(5):
            if doomed:
                room.withdraw(doomed.pop(0))

    with new_room(mirrors=1, searched=withdraw) as room:
        crawl.configure(settings(*room.bases))
        search = crawl.search([days(date(2026, 3, 10), date(2026, 3, 13))])
        listings = found(search)
        lasting = wanted([days(date(2026, 3, 10), date(2026, 3, 13))], room=room)
    assert search.end
    assert search.end.complete
    assert set(lasting) <= set(codes(listings))


def codes_at_every(step: int) -> list[str]:
    """Every so-many-th infoCode of the archive, the newest first."""
    return [each.info_code for each in sorted(ARCHIVE, key=lambda each: each.sort_key)[::-step]]


@pytest.mark.parametrize(
    ("kind", "every"),
    [
        ("no_records", 5),
        ("http_500", 3),
        ("drop", 3),
        ("truncated_json", 3),
        ("empty", 3),
        ("wrong_total", 1),
    ],
)
def test_pages_that_fail_in_passing(room: Newsroom, crawl: Crawl, kind: str, every: int) -> None:
    """They are asked for again, and an empty page in the middle is not the end."""
    room.fault(kind, path="search", every=every)
    crawl.configure(settings(*room.bases))
    search = crawl.search([DAY])
    assert codes(found(search)) == wanted([DAY])
    assert search.end
    assert search.end.complete
    assert {each.mirror for each in room.requests} == {0}


@pytest.mark.parametrize("kind", ["http_500", "http_403", "captcha", "no_records", "redirect_away", "huge"])
def test_another_mirror_steps_in(room: Newsroom, crawl: Crawl, kind: str) -> None:
    """One that cannot search at all is left for the next."""
    room.fault(kind, path="search", mirror=0)
    crawl.configure(settings(*room.bases))
    search = crawl.search([DAY])
    assert codes(found(search)) == wanted([DAY])
    assert search.end
    assert search.end.complete
    assert 1 <= room.count("search", mirror=0) <= 4
    assert room.count("search", mirror=2) == 0
    assert not room.strays


def test_a_mirror_that_fails_half_way(crawl: Crawl) -> None:
    """The next one is asked for the rest only, and nothing is told twice."""

    def fail(room: Newsroom) -> None:
        if room.count("search", mirror=0) == 30:
            room.fault("http_500", path="search", mirror=0)

    with new_room(mirrors=2, searched=fail) as room:
        crawl.configure(settings(*room.bases))
        ranges = [days(date(2026, 3, 10), date(2026, 3, 13))]
        search = crawl.search(ranges)
        assert codes(found(search)) == wanted(ranges)
        assert search.end
        assert search.end.complete
        pages = len(wanted(ranges)) / 100
        assert room.count("search", mirror=0) > 30
        assert search.end.requests <= 1.1 * pages + 2 * (2 * log2(COUNT / 100) + 5)


def test_no_mirror_answers(room: Newsroom, crawl: Crawl) -> None:
    """What is not covered is told, and why."""
    room.fault("http_500", path="search")
    crawl.configure(settings(*room.bases[:2], retries=1))
    search = crawl.search([DAY])
    assert found(search) == []
    assert search.end
    assert (search.end.complete, search.end.reason) == (False, "http_500")
    assert search.end.uncovered == (DAY,)
    assert search.end.requests == room.count("search") == 4


def test_a_long_wish_to_wait(room: Newsroom, crawl: Crawl) -> None:
    """A mirror that asks for an hour is not asked again; a short wish is waited for."""
    room.fault("http_429", path="search", mirror=0, retry_after=3600)
    room.fault("http_429", path="search", mirror=1, retry_after=1, times=1)
    crawl.configure(settings(*room.bases[:2]))
    search = crawl.search([DAY])
    assert codes(found(search)) == wanted([DAY])
    assert room.count("search", mirror=0) == 1
    first, second, *_ = (each for each in room.requests if (each.kind, each.mirror) == ("search", 1))
    assert second.at - first.at >= 0.95


def test_robots_forbid_it(crawl: Crawl) -> None:
    """Then no page is asked for."""
    with Newsroom(ARCHIVE[:20], mirrors=1, disallow=["/NewsData/GetNewsBySearch.do"]) as room:
        crawl.configure(settings(*room.bases))
        search = crawl.search([DAY])
        assert found(search) == []
        assert search.end
        assert (search.end.reason, search.end.uncovered) == ("robots", (DAY,))
        assert room.count("search") == 0


def test_a_caller_that_leaves(room: Newsroom, crawl: Crawl) -> None:
    """The process stops asking, and takes the next job."""
    crawl.configure(settings(*room.bases))
    everything = iter(crawl.search([Range()], limit=20))
    assert next(everything)
    everything.close()  # type: ignore[attr-defined]
    assert codes(found(crawl.search([DAY]))) == wanted([DAY])
    assert room.count("search") < COUNT / 20


def test_nothing_is_wanted(room: Newsroom, crawl: Crawl) -> None:
    """No ranges, no requests."""
    crawl.configure(settings(*room.bases))
    search = crawl.search([])
    assert found(search) == []
    assert search.end
    assert (search.end.complete, search.end.requests, room.count("search")) == (True, 0, 0)
    with pytest.raises(ValueError, match="at least 10"):
        crawl.search([DAY], limit=5)
