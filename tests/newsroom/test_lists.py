"""Feeds and search."""

from __future__ import annotations

from typing import Any

import pytest

from finews.newsroom import FEEDS, Newsroom, SourceArticle, generate, load_samples, sample

from .asking import ask, feed_address, search_address

SHAPES = {
    "rolling": ("records", {"infoCode", "id", "title", "digest", "showtime", "url_w"}),
    "headlines": ("nodeList", {"infocode", "title", "from", "showtime", "simtitle", "simdigest"}),
    "37": ("record", {"infoCode", "title", "medianame", "datetime"}),
    "38": ("record", {"infoCode", "title", "medianame", "datetime"}),
    "39": ("record", {"infoCode", "title", "medianame", "datetime"}),
}


def records(room: Newsroom, name: str, count: int | None = None, mirror: int = 0) -> list[dict[str, Any]]:
    """The records of a feed."""
    found: list[dict[str, Any]] = ask(feed_address(room.bases[mirror], name, count)).json[SHAPES[name][0]]
    return found


def codes(found: list[dict[str, Any]]) -> list[str]:
    return [record.get("infoCode") or record["infocode"] for record in found]


def newest_first(articles: list[SourceArticle]) -> list[str]:
    return [article.info_code for article in sorted(articles, key=lambda each: each.sort_key, reverse=True)]


@pytest.mark.parametrize("name", FEEDS)
def test_a_feed_has_the_keys_of_the_contract(quiet: Newsroom, name: str) -> None:
    key, fields = SHAPES[name]
    answer = ask(feed_address(quiet.bases[2], name)).json
    assert list(answer) == [key]
    assert all(set(record) == fields for record in answer[key])


@pytest.mark.parametrize("name", FEEDS)
def test_a_feed_lists_its_articles_newest_first(quiet: Newsroom, name: str) -> None:
    expected = newest_first([article for article in load_samples() if name in article.feeds])
    assert codes(records(quiet, name)) == expected
    assert codes(records(quiet, name, 4)) == expected[:4]
    assert records(quiet, name, 0) == []


def test_a_rolling_id_is_the_code_without_its_letters(quiet: Newsroom) -> None:
    assert all(record["infoCode"] == f"NW{record['id']}" for record in records(quiet, "rolling"))


def test_a_feed_can_say_less_than_the_article(quiet: Newsroom) -> None:
    article = sample("feed_without_time_and_title")
    (listed,) = (each for each in records(quiet, "headlines") if each["infocode"] == article.info_code)
    assert (listed["title"], listed["showtime"]) == ("", "")
    assert "datetime" not in listed


def test_no_feed_is_longer_than_its_size() -> None:
    with Newsroom(generate(400), mirrors=1, feed_size=30) as room:
        assert len(records(room, "38", 1000)) == 30
        assert len(records(room, "38")) == 30


def test_an_unknown_feed_is_404(quiet: Newsroom) -> None:
    assert ask(f"{quiet.bases[0]}/web/webapi?type=1&count=3").status == 404
    assert ask(feed_address(quiet.bases[0], "36")).status == 404


def test_an_unchanged_feed_is_not_sent_again(room: Newsroom) -> None:
    address = feed_address(room.bases[0], "rolling", 10)
    tag = ask(address).headers["ETag"]
    again = ask(address, If_None_Match=tag)
    assert (again.status, again.body) == (304, b"")
    room.publish(next(article for article in generate(90) if "rolling" in article.feeds))
    changed = ask(address, If_None_Match=tag)
    assert changed.status == 200
    assert changed.headers["ETag"] != tag


def test_search_has_the_keys_of_the_contract(quiet: Newsroom) -> None:
    answer = ask(search_address(quiet.bases[0], pageIndex=1, limit=7)).json
    assert answer["total"] == len(load_samples())
    assert len(answer["records"]) == 7
    fields = {"id", "title", "date", "from", "medianame", "url", "author"}
    assert all(set(record) == fields for record in answer["records"])


def test_pages_of_search_make_up_everything(quiet: Newsroom) -> None:
    found = [
        record["id"]
        for page in range(1, 11)
        for record in ask(search_address(quiet.bases[1], pageIndex=page, limit=10)).json["records"]
    ]
    assert found == newest_first(load_samples())
    assert ask(search_address(quiet.bases[1], pageIndex=11, limit=10)).json["records"] == []


@pytest.mark.parametrize(
    ("query", "matches"),
    [
        ("title=%E5%AD%98%E6%AC%BE", lambda article: "存款" in article.title),
        ("source=%E6%96%B0%E9%97%BB", lambda article: "新闻" in article.medianame),
        ("text=%E7%8E%AB%E7%91%B0", lambda article: "玫瑰" in article.body),
        ("securityCodes=609901.SH", lambda article: "609901.SH" in article.codes),
    ],
)
def test_search_filters(quiet: Newsroom, query: str, matches: Any) -> None:
    answer = ask(f"{search_address(quiet.bases[0], pageIndex=1, limit=50)}&{query}").json
    expected = newest_first([article for article in load_samples() if matches(article)])
    assert [record["id"] for record in answer["records"]] == expected != []
    assert answer["total"] == len(expected)


def test_a_total_may_be_a_string() -> None:
    with Newsroom(generate(12), mirrors=1, total_as_text=True) as room:
        assert ask(search_address(room.bases[0], pageIndex=1, limit=5)).json["total"] == "12"


@pytest.mark.parametrize("paging", [{}, {"pageIndex": 0, "limit": 20}, {"pageIndex": "x", "limit": ""}])
def test_paging_that_makes_no_sense_is_the_first_page(quiet: Newsroom, paging: dict[str, object]) -> None:
    answer = ask(search_address(quiet.bases[0], **paging)).json
    assert [record["id"] for record in answer["records"]] == newest_first(load_samples())[:20]


def test_something_happens_between_two_pages() -> None:
    pool = generate(90)
    with Newsroom(generate(20, seed=1), mirrors=1, searched=lambda room: room.publish(next(pool))) as room:
        pages = [ask(search_address(room.bases[0], pageIndex=1, limit=5)).json for _ in range(3)]
    assert [page["total"] for page in pages] == [20, 21, 22]


def test_new_articles_shift_the_pages(room: Newsroom) -> None:
    before = ask(search_address(room.bases[0], pageIndex=1, limit=5)).json["records"]
    room.publish(next(generate(1)))
    after = ask(search_address(room.bases[0], pageIndex=1, limit=5)).json["records"]
    assert after[1:] == before[:4]
