"""`backfill`: the plan is true, what is missing comes, once, and nothing else changes."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from finews.flows.backfill_wish import Wish, wish_of
from finews.flows.doors import backfill_for, plan_for
from finews.flows.output_backfill import plan_as_json
from finews.newsroom import Newsroom
from tests.databases import Server
from tests.pipeline.archive import at, codes_of, day_of_news, days_of_news, in_database, of_days, texts_asked
from tests.pipeline.desk import Desk, article, outcomes
from tests.pipeline.terminal import on_a_terminal

SEARCH = "/NewsData/GetNewsBySearch.do"


def plan(desk: Desk, *arguments: str, **settings: Any) -> Any:
    """What `backfill --plan --json` says."""
    found = plan_for(desk.settings(**settings), wish(*arguments), quiet=True)
    assert not found.unread
    return plan_as_json(found)


def backfill(desk: Desk, *arguments: str, trouble: bool = False) -> Any:
    """What `backfill --yes --json` says."""
    report = backfill_for(desk.settings(), wish(*arguments), ask=None, quiet=True)
    assert report is not None
    assert report.trouble is trouble, report
    return report.as_json()


def wish(*arguments: str) -> Wish:
    """The wish that a command with these arguments stands for."""
    words = iter(arguments)
    names = {"--from": "since", "--to": "until", "--media": "media", "--feed": "feed"}
    given: dict[str, Any] = {}
    for word in words:
        given[names.get(word, word.strip("-"))] = next(words) if word in names else True
    return wish_of(**given)


def numbers(day: Any) -> tuple[int, ...]:
    """A day of a plan: listed, present, missing, quarantined, forgotten, edited."""
    return tuple(day[name] for name in ("listed", "present", "missing", "quarantined", "forgotten", "edited"))


def test_the_plan_is_true_and_fetches_nothing(desk: Desk) -> None:
    articles = days_of_news(4, 12)
    desk.publish(*articles)
    second, third = articles[12:24], articles[24:36]
    desk.ingest(*second[:7], *third)
    # Of the second day one is edited since, one was forgotten, one cannot be published; of the first all are missing.
    desk.newsroom.edit(second[0].info_code, title="第13条消息：更正")
    desk.newsroom.edit(second[8].info_code, body="")
    desk.ingest(second[8])
    assert desk.run("forget", second[9].info_code, "--why", "by request").status == 0
    before = desk.count("links"), desk.tree()
    desk.newsroom.forget_requests()

    found = plan(desk, "--from", "2026-03-02", "--to", "2026-03-04")
    assert [each["day"] for each in found["days"]] == ["2026-03-02", "2026-03-03", "2026-03-04"]
    assert [numbers(each) for each in found["days"]] == [
        (12, 0, 12, 0, 0, 0),
        (12, 7, 3, 1, 1, 1),
        (12, 12, 0, 0, 0, 0),
    ]
    assert (found["listed"], found["present"], found["missing"], found["quarantined"]) == (36, 19, 15, 1)
    assert found["requests"] == 15
    assert desk.newsroom.count("text") == desk.newsroom.count("feeds") == 0
    assert (desk.count("links"), desk.tree()) == before
    assert desk.count("feeds") == 0

    done = backfill(desk, "--from", "2026-03-02", "--to", "2026-03-04")
    assert (done["new"], done["skipped"], done["quarantined"]) == (15, 21, 0)
    assert sorted(texts_asked(desk)) == sorted(
        {*codes_of(articles[:12]), *(second[place].info_code for place in (7, 10, 11))}
    )
    after = plan(desk, "--from", "2026-03-02", "--to", "2026-03-04")
    assert [numbers(each)[:4] for each in after["days"]] == [(12, 12, 0, 0), (12, 10, 0, 1), (12, 12, 0, 0)]
    assert (after["requests"], after["days"][1]["edited"]) == (0, 1)


def test_the_time_is_that_of_the_backfills_part_of_the_rate(desk: Desk) -> None:
    desk.publish(*day_of_news(date(2026, 3, 2), 20))
    ran = desk.run(
        "backfill", "--from", "2026-03-02", "--to", "2026-03-02", "--plan", "--json", FINEWS_RATE="40"
    )
    assert (ran.json["requests"], ran.json["seconds"]) == (20, 1.0)
    assert plan(desk, "--from", "2026-03-02", "--to", "2026-03-02")["seconds"] is None
    told = desk.run("backfill", "--from", "2026-03-02", "--plan", FINEWS_RATE="40", COLUMNS="200").out
    assert "20 articles to fetch, 20 requests, 1 s at the set rate" in told


def test_both_days_are_included_to_the_second(desk: Desk) -> None:
    inside = [at(1, "2026-03-03 00:00:00"), at(2, "2026-03-03 23:59:59"), at(3, "2026-03-04 23:59:59")]
    outside = [at(4, "2026-03-02 23:59:59"), at(5, "2026-03-05 00:00:00")]
    desk.publish(*inside, *outside)
    done = backfill(desk, "--from", "2026-03-03", "--to", "2026-03-04")
    assert (done["new"], in_database(desk)) == (3, set(codes_of(inside)))


def test_one_end_may_be_missing(desk: Desk) -> None:
    articles = days_of_news(3, 4)
    desk.publish(*articles)
    assert backfill(desk, "--from", "2026-03-04")["new"] == 4
    assert in_database(desk) == of_days(articles, "2026-03-04")
    assert backfill(desk, "--to", "2026-03-02")["new"] == 4
    assert in_database(desk) == of_days(articles, "2026-03-02", "2026-03-04")
    assert backfill(desk, "--from", "2026-03", "--to", "2026-03")["new"] == 4


def test_force_fetches_all_again_and_records_edits(desk: Desk) -> None:
    articles = day_of_news(date(2026, 3, 2), 8)
    desk.publish(*articles)
    desk.ingest(*articles)
    desk.newsroom.edit(articles[3].info_code, body="<p>更正后的正文，内容完全不同。</p>")
    assert plan(desk, "--from", "2026-03-02", "--to", "2026-03-02", "--force")["requests"] == 8
    done = backfill(desk, "--from", "2026-03-02", "--to", "2026-03-02", "--force")
    assert (done["updated"], done["unchanged"], done["skipped"]) == (1, 7, 0)
    assert desk.rows("select info_code from revisions") == [(articles[3].info_code,)]


def test_an_edit_of_the_title_is_no_edit_any_more_once_it_is_fetched(desk: Desk) -> None:
    (one,) = day_of_news(date(2026, 3, 2), 1)
    desk.publish(one)
    desk.ingest(one)
    desk.newsroom.edit(one.info_code, title="另一个标题")
    where = ("--from", "2026-03-02", "--to", "2026-03-02")
    assert plan(desk, *where)["edited"] == 1
    assert backfill(desk, *where, "--force")["updated"] == 1
    assert plan(desk, *where)["edited"] == 0


def test_only_one_media(desk: Desk) -> None:
    day = date(2026, 3, 2)
    wanted = day_of_news(day, 5, medianame="样本晚报 (北京)")
    others = day_of_news(day, 5, first=10)
    desk.publish(*wanted, *others)
    where = ("--from", "2026-03-02", "--to", "2026-03-02", "--media", "样本晚报  (北京)")
    assert numbers(plan(desk, *where)["days"][0])[:3] == (5, 0, 5)
    assert backfill(desk, *where)["new"] == 5
    assert in_database(desk) == set(codes_of(wanted))


def test_a_feed_brings_what_it_says_of_its_articles(desk: Desk) -> None:
    rolling = day_of_news(date(2026, 3, 2), 6, feeds=("rolling",), digest="【样本】样本摘要")
    desk.publish(*rolling, *day_of_news(date(2026, 3, 2), 6, first=20, feeds=("37",)))
    done = backfill(desk, "--from", "2026-03-02", "--to", "2026-03-02", "--feed", "rolling")
    assert done["new"] == 6
    assert desk.rows("select distinct rolling, digest from articles") == [(True, "样本摘要")]
    assert desk.newsroom.count("search") == 0
    assert desk.count("feeds") == 0, "the state of the live feeds is not a backfill's"


def test_a_feed_that_does_not_reach_back_is_told(server: Server, tmp_path: Path) -> None:
    with Newsroom(days_of_news(2, 40, feeds=("37",)), feed_size=50) as room, server.database() as address:
        desk = Desk(newsroom=room, address=address, folder=tmp_path)
        done = backfill(desk, "--from", "2026-03-02", "--feed", "37", trouble=True)
        assert done["new"] == 50
        assert [each["reason"] for each in done["unread"]] == ["feed_ends"]
        assert "feed_ends" in done["note"]
        # Without a first day, what it lists is all that was asked for.
        assert backfill(desk, "--feed", "37")["skipped"] == 50


def test_a_list_is_a_backfill_too(desk: Desk) -> None:
    articles = days_of_news(2, 3)
    desk.publish(*articles)
    desk.ingest(articles[0])
    (desk.folder / "links.txt").write_text("\n".join(codes_of(articles)), encoding="utf-8")
    found = desk.run("backfill", "--file", "links.txt", "--plan", "--json").json
    assert [(each["day"], *numbers(each)[:3]) for each in found["days"]] == [
        ("2026-03-02", 3, 1, 2),
        ("2026-03-03", 3, 0, 3),
    ]
    desk.newsroom.forget_requests()
    done = desk.run("backfill", "--file", "links.txt", "--json").json
    assert (done["new"], done["skipped"]) == (5, 1)
    assert [each["info_code"] for each in done["articles"]] == codes_of(articles)[1:]
    assert desk.newsroom.count("search") == 0


def test_a_report_names_no_more_than_fits(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a report holds does not grow with the list; its counts are of all."""
    monkeypatch.setattr("finews.flows.backfill_fetch.MOST_TOLD", 4)
    monkeypatch.setattr("finews.flows.backfill.MOST_TOLD", 4)
    articles = days_of_news(2, 5)
    desk.publish(*articles)
    report = backfill_for(desk.settings(), wish_of(codes=codes_of(articles)), ask=None, quiet=True)
    assert report is not None
    assert (report.counts["new"], len(report.results)) == (10, 4)
    told = [each.info_code for each in report.results]
    assert told == sorted(told, key=codes_of(articles).index), "in the order of the list"
    assert report.note == "the first 4 are named"


def test_what_the_search_knows_helps_where_the_article_is_silent(desk: Desk) -> None:
    # The search has a record of its own: with moment and media, which the text lacks.
    silent = at(1, "2026-03-02 10:00:00", extra={"date": "", "medianame": "", "from": ""})
    waiting = at(2, "2026-03-02 11:00:00", extra={"date": "", "medianame": "", "from": ""})
    desk.publish(silent, waiting)
    assert outcomes(desk.ingest(waiting)) == {waiting.info_code: ("quarantined", "date_missing")}
    desk.newsroom.forget_requests()
    done = backfill(desk, "--from", "2026-03-02", "--to", "2026-03-02")
    assert done["new"] == 2, done
    assert texts_asked(desk) == [silent.info_code], "what is stored is read again without a request"
    assert set(desk.rows("select media, moment at time zone interval '8 hours' from articles")) == {
        ("样本财经报", desk.rows("select timestamp '2026-03-02 10:00'")[0][0]),
        ("样本财经报", desk.rows("select timestamp '2026-03-02 11:00'")[0][0]),
    }


def test_gaps_are_the_days_that_reconcile_calls_incomplete(desk: Desk) -> None:
    articles = days_of_news(4, 5)
    desk.publish(*articles)
    assert backfill(desk, "--from", "2026-03-02", "--to", "2026-03-04")["new"] == 15
    # The second day gets a hole that the list knows, the fourth was never read.
    desk.newsroom.publish(at(77, "2026-03-03 12:00:00"))
    assert plan(desk, "--from", "2026-03-03", "--to", "2026-03-03")["missing"] == 1
    days = {each["day"]: each["complete"] for each in desk.run("reconcile", "--json").json["days"]}
    assert days == {"2026-03-02": True, "2026-03-03": False, "2026-03-04": True}
    desk.newsroom.forget_requests()
    where = ("--gaps", "--from", "2026-03-02", "--to", "2026-03-05")
    found = plan(desk, *where)
    assert [(each["day"], *numbers(each)[:3]) for each in found["days"]] == [
        ("2026-03-03", 6, 5, 1),
        ("2026-03-05", 5, 0, 5),
    ]
    assert backfill(desk, *where)["new"] == 6
    assert sorted(set(texts_asked(desk))) == sorted({*codes_of(articles[15:]), "NW202603030000000077"})
    assert plan(desk, *where)["days"] == []
    assert desk.run("reconcile").status == 0
    # Without a first day, from the first that anything is known of; today is never complete.
    assert plan(desk, "--gaps", "--to", "2026-03-05")["days"] == []


def test_a_list_that_cannot_be_read_is_told_and_what_was_read_is_fetched(
    server: Server, tmp_path: Path
) -> None:
    def fail_soon(room: Newsroom) -> None:
        if room.count("search") == 2:
            room.fault("http_500", path=SEARCH)

    with (
        Newsroom(days_of_news(3, 100), searched=fail_soon) as room,
        server.database() as address,
    ):
        desk = Desk(newsroom=room, address=address, folder=tmp_path)
        done = backfill(desk, "--from", "2026-03-02", "--to", "2026-03-04", trouble=True)
        assert {each["reason"] for each in done["unread"]} == {"http_500"}
        assert "was not read (http_500)" in done["note"]
        missing = 300 - done["new"]
        assert 0 < missing < 300
        assert desk.rows("select count(*) from surveys where unread = 'http_500'")[0][0] >= 1
        room.clear_faults()
        assert backfill(desk, "--from", "2026-03-02", "--to", "2026-03-04")["new"] == missing
        assert desk.rows("select count(*) from surveys where unread <> ''") == [(0,)]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "no range is named"),
        (("--from", "2026-03-04", "--to", "2026-03-02"), "before it begins"),
        (("--from", "2026-02-30"), "not in the calendar"),
        (("--from", "yesterday"), "is no time"),
        (("--from", "2999-01-01"), "lies in the future"),
        (("--from", "2026-03-01", "--file", "links.txt"), "a list and a range are both named"),
        (("--feed", "38a"), "no such name"),
        (("--gaps",), "no day is known yet"),
        (("--gaps", "--feed", "37"), "both named"),
    ],
)
def test_what_cannot_be_meant_is_refused(desk: Desk, arguments: tuple[str, ...], said: str) -> None:
    (desk.folder / "links.txt").write_text(article(1).info_code, encoding="utf-8")
    ran = desk.run("backfill", *arguments)
    assert ran.status == 2, ran.out
    assert said in ran.err.replace("\n", " ")
    assert desk.newsroom.count() == 0


def test_a_terminal_sees_the_plan_and_is_asked(desk: Desk) -> None:
    desk.publish(*day_of_news(date(2026, 3, 2), 6))
    where = ("backfill", "--from", "2026-03-02", "--to", "2026-03-02")
    shown, status = on_a_terminal(desk, *where, typed="n")
    assert "6 articles to fetch" in shown
    assert (status, desk.newsroom.count("text"), desk.count("articles")) == (130, 0, 0)
    assert desk.run("backfills", "show", "1", "--json").json["state"] == "cancelled"
    shown, status = on_a_terminal(desk, *where, typed="y")
    assert (status, desk.count("articles")) == (0, 6), shown
    # Nothing is left to be asked about.
    shown, status = on_a_terminal(desk, *where, typed="")
    assert status == 0
    assert "Fetch them?" not in shown
    desk.newsroom.withdraw(day_of_news(date(2026, 3, 2), 6)[0].info_code)
    shown, status = on_a_terminal(desk, *where, "--yes", "--force", typed="")
    assert (status, "Fetch them?" in shown) == (1 if "gone" in shown else 0, False)
