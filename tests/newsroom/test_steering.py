"""Faults by option, the request log, and a room that changes while it serves."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import aiohttp
import pytest

from finews.newsroom import Newsroom, generate, sample

from .asking import ask, feed_address, search_address, text_address

ARTICLE = sample("in_every_feed")
CODE = ARTICLE.info_code


def status(room: Newsroom, code: str = CODE, mirror: int = 0) -> int:
    return ask(text_address(room.bases[mirror], code)).status


def test_a_fault_can_be_for_one_mirror(room: Newsroom) -> None:
    room.fault("http_500", mirror=1)
    assert [status(room, mirror=mirror) for mirror in range(3)] == [200, 500, 200]


def test_a_fault_can_be_for_one_article(room: Newsroom) -> None:
    room.fault("http_403", info_code=CODE)
    assert (status(room), status(room, sample("table_body").info_code)) == (403, 200)


@pytest.mark.parametrize(
    "place", ["text", "feeds", "search", "page", "robots", "/web/", "/NewsData/GetNewsB"]
)
def test_a_fault_can_be_for_one_place(room: Newsroom, place: str) -> None:
    room.fault("http_502", path=place)
    base = room.bases[0]
    asked = {
        "text": text_address(base, CODE),
        "feeds": feed_address(base, "39"),
        "search": search_address(base),
        "page": f"{base}/html_News/NewsShare.html?infoCode={CODE}",
        "robots": f"{base}/robots.txt",
        "/web/": feed_address(base, "headlines"),
        "/NewsData/GetNewsB": search_address(base),
    }
    suffering = {name for name, address in asked.items() if ask(address).status == 502}
    together = {"search": "/NewsData/GetNewsB", "/NewsData/GetNewsB": "search", "feeds": "/web/"}
    assert suffering == {place, together.get(place, place)}


def test_a_fault_can_end_by_itself(room: Newsroom) -> None:
    room.fault("http_500", times=2)
    assert [status(room) for _ in range(4)] == [500, 500, 200, 200]


def test_a_fault_can_befall_each_third(room: Newsroom) -> None:
    room.fault("http_500", every=3)
    assert [status(room) for _ in range(7)] == [200, 200, 500, 200, 200, 500, 200]


def test_faults_follow_one_another_and_are_cleared(room: Newsroom) -> None:
    room.fault("http_500", times=1)
    room.fault("http_503")
    assert [status(room) for _ in range(3)] == [500, 503, 503]
    room.clear_faults()
    assert status(room) == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "fire"},
        {"kind": "drop", "path": "texts"},
        {"kind": "drop", "seconds": 1},
        {"kind": "drop", "times": 0},
        {"kind": "drop", "every": 0},
        {"kind": "stall", "seconds": "long"},
        {"kind": "redirect_away", "to": 80},
        {"kind": "drop", "mirror": 3},
    ],
)
def test_a_fault_that_cannot_be_is_refused(quiet: Newsroom, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"faults|path|take|count|number|text|mirror"):
        quiet.fault(**wrong)
    assert status(quiet) == 200


def test_an_address_of_no_fault_is_refused(quiet: Newsroom) -> None:
    with pytest.raises(ValueError, match="fire"):
        quiet.address("fire")


def test_a_published_article_is_everywhere(room: Newsroom) -> None:
    article = next(generate(1)).evolve(feeds=("37", "rolling"))
    assert status(room, article.info_code) == 404
    room.publish(article)
    assert status(room, article.info_code) == 200
    assert ask(feed_address(room.bases[2], "37", 1)).json["record"][0]["infoCode"] == article.info_code
    assert ask(search_address(room.bases[1], limit=1)).json["records"][0]["id"] == article.info_code
    assert room.articles[0] == article


def test_an_edited_article_is_edited_everywhere(room: Newsroom) -> None:
    ask(text_address(room.bases[0], CODE))
    edited = room.edit(
        CODE, title="更正：原题有误", body="<p>更正后的正文。</p>", moment="2026-04-01 00:00:00"
    )
    answer = ask(text_address(room.bases[0], CODE)).json
    assert (answer["title"], answer["text"]) == ("更正：原题有误", "<p>更正后的正文。</p>")
    assert ask(feed_address(room.bases[0], "rolling", 1)).json["records"][0]["title"] == "更正：原题有误"
    assert room.articles[0] == edited
    assert len(room.articles) == len({article.info_code for article in room.articles})


def test_what_cannot_be_edited_is_refused(room: Newsroom) -> None:
    with pytest.raises(KeyError):
        room.edit("NW202603060000000000", title="")
    with pytest.raises(TypeError):
        room.edit(CODE, colour="red")


@pytest.mark.parametrize("answer", [404, 410])
def test_a_withdrawn_article_is_gone_everywhere(room: Newsroom, answer: int) -> None:
    room.withdraw(CODE, status=answer)
    assert {status(room, mirror=mirror) for mirror in range(3)} == {answer}
    assert ask(f"{room.bases[0]}/html_News/NewsShare.html?infoCode={CODE}").status == answer
    assert CODE not in ask(feed_address(room.bases[0], "rolling")).text
    assert CODE not in ask(search_address(room.bases[0], limit=200)).text
    room.publish(ARTICLE)
    assert status(room) == 200
    with pytest.raises(KeyError):
        room.withdraw("NW202603060000000000")


def test_a_withheld_article_is_on_the_other_mirrors(room: Newsroom) -> None:
    page = sample("page_only_2021")
    room.withhold(CODE, mirror=0)
    room.withhold(page.info_code, mirror=2)
    assert [status(room, mirror=mirror) for mirror in range(3)] == [404, 200, 200]
    pages = [ask(f"{base}/a/{page.digits}.html").status for base in room.bases]
    assert pages == [200, 200, 404]
    assert CODE in ask(feed_address(room.bases[0], "rolling")).text
    room.restore(CODE)
    assert status(room) == 200


def test_requests_are_remembered(room: Newsroom) -> None:
    ask(text_address(room.bases[1], CODE), X_Trace="a7")
    ask(feed_address(room.address("http_500", mirror=2), "37", 5))
    first, second = room.requests
    assert (first.mirror, first.method, first.path) == (1, "GET", "/NewsData/GetNewsText.do")
    assert (first.kind, first.info_code, first.fault) == ("text", CODE, None)
    assert first.query == {"id": CODE}
    assert first.headers["x-trace"] == "a7"
    assert second.path == "/~http_500/information/newmarket/web/webapi"
    assert (second.mirror, second.kind, second.fault) == (2, "feeds", "http_500")
    assert first.at <= second.at
    assert (room.count(), room.count("text"), room.count("feeds", mirror=2)) == (2, 1, 1)
    assert (room.count("search"), room.count(mirror=0)) == (0, 0)
    room.forget_requests()
    assert (room.requests, room.count()) == ([], 0)


async def _ask_together(addresses: list[str]) -> list[int]:
    async with aiohttp.ClientSession() as session:
        waiting = [session.get(address) for address in addresses]
        answers = await asyncio.gather(*waiting)
        for answer in answers:
            answer.release()
        return [answer.status for answer in answers]


def test_open_requests_are_counted(room: Newsroom) -> None:
    room.fault("stall", path="text", seconds=0.3)
    addresses = [text_address(room.bases[number % 3], CODE) for number in range(9)]
    assert asyncio.run(_ask_together(addresses)) == [200] * 9
    assert sorted(seen.open_requests for seen in room.requests) == list(range(1, 10))
    assert max(seen.open_on_mirror for seen in room.requests) == 3


def test_a_room_grows_by_itself() -> None:
    pool = list(generate(25))
    with Newsroom([], mirrors=1, pool=pool, rate=500) as room:
        while len(room.articles) < len(pool):
            assert room.bases
        assert room.articles == pool[::-1]


def test_a_growing_room_can_date_its_articles_as_they_appear() -> None:
    with Newsroom([], mirrors=1, pool=generate(3), rate=500, live_dates=True) as room:
        while len(room.articles) < 3:
            assert room.bases
        tails = {article.digits[8:] for article in room.articles}
        assert tails == {article.digits[8:] for article in generate(3)}
        assert all(article.moment > "2026" for article in room.articles)


def test_control_is_safe_from_many_threads(room: Newsroom) -> None:
    articles = list(generate(400))

    def publish(part: int) -> None:
        for article in articles[part::4]:
            room.publish(article)
            room.edit(article.info_code, title="改")

    threads = [threading.Thread(target=publish, args=(part,)) for part in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        assert ask(search_address(room.bases[0], limit=500)).status == 200
    for thread in threads:
        thread.join()
    found = ask(search_address(room.bases[0], limit=1000)).json
    assert [record["id"] for record in found["records"]] == [article.info_code for article in room.articles]


def test_a_room_opens_once_and_its_ports_can_be_chosen() -> None:
    room = Newsroom([], mirrors=1)
    with room, pytest.raises(RuntimeError):
        room.__enter__()
    port = int(room.bases[0].rpartition(":")[2])
    with Newsroom([], mirrors=2, ports=[port]) as other:
        assert other.bases[0] == room.bases[0]
        with pytest.raises(OSError, match=r"."), Newsroom([], mirrors=1, ports=[port]):
            pass
    with pytest.raises(ValueError, match="mirror"):
        Newsroom([], mirrors=0)
