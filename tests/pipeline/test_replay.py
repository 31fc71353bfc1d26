"""`replay`: each way to say what is read again, what it writes, and that it writes nothing where nothing changed."""

from __future__ import annotations

from typing import Any

import pytest

from finews.flows.normalise import VERSION
from finews.flows.pipeline import Pipeline
from finews.flows.replay import replay
from finews.schema.replayable import Selection
from tests.pipeline.desk import Desk, article
from tests.pipeline.stock import stock
from tests.pipeline.untouched import files_as_they_lie, rows_as_they_lie

HARBOUR = "海港晚报"


@pytest.fixture
def kept(desk: Desk) -> Desk:
    """Five articles: 1 and 2 are posts, 3 is one of another media, 4 lacks its title, 5 its body."""
    articles = [
        article(1),
        article(2, feeds=("37",)),
        article(3, medianame=HARBOUR, from_=HARBOUR),
        article(4, extra={"title": ""}),
        article(5, extra={"text": ""}),
    ]
    desk.publish(*articles)
    desk.ingest(*articles)
    desk.newsroom.forget_requests()
    assert (desk.count("articles"), desk.count("quarantine")) == (3, 2)
    return desk


def code(number: int) -> str:
    """The infoCode of an article of this module."""
    return article(number).info_code


def spoil(desk: Desk, *numbers: int, title: str = "旧标题") -> None:
    """Makes rows what an earlier normaliser would have made of their payloads."""
    desk.execute(
        r"update articles set title = %s, content_hash = '\x00', normaliser = 0 where info_code = any(%s)",
        [title, [code(number) for number in numbers]],
    )


def replayed(desk: Desk, *arguments: str) -> Any:
    """The object of `finews replay`, and the codes that ended in something else than unchanged."""
    ran = desk.run("replay", *arguments, "--json")
    assert ran.status in (0, 1), ran.err
    assert desk.newsroom.count() == 0, "a replay asks nobody"
    return ran.json


@pytest.mark.parametrize(
    ("arguments", "numbers"),
    [
        (("--all",), (1, 2, 3, 4, 5)),
        ((code(1), code(4)), (1, 4)),
        (("--reason", "title_missing"), (4,)),
        (("--reason", "title_missing", code(4), code(5)), (4,)),
        (("--media", HARBOUR), (3,)),
        (("--media", HARBOUR, "--since", "1h"), (3,)),
        (("--since", "1h"), (1, 2, 3, 4, 5)),
        (("--since", "2030-01"), ()),
        (("--since", "2020-01-01", code(2)), (2,)),
        (("--behind",), (1, 3)),
        (("--behind", "--media", HARBOUR), (3,)),
    ],
)
def test_what_is_selected(kept: Desk, arguments: tuple[str, ...], numbers: tuple[int, ...]) -> None:
    spoil(kept, 1, 3)
    found = kept.run("replay", *arguments, "--diff", "--json").json
    assert found["payloads"] == len(numbers)
    told = replayed(kept, *arguments)
    counted = {name: told[name] for name in ("new", "updated", "unchanged", "quarantined")}
    assert counted == {name: found[name] for name in counted}
    assert told["updated"] == len({1, 3} & set(numbers))
    # An article whose body was kept back by the judge of mirrors has met no normaliser, and stays as it is.
    assert told["quarantined"] == len({4, 5} & set(numbers))
    told_codes = {each["info_code"] for each in told["articles"] if each["reason"] != "not_selected"}
    assert told_codes == {
        code(number) for number in numbers if number != 2 or any(a.startswith("NW") for a in arguments)
    }


def test_since_asks_when_a_payload_was_fetched(kept: Desk) -> None:
    kept.execute(
        "update payloads set fetched_at = '2026-03-08 23:59 +0800' where info_code = any(%s)",
        [[code(1), code(4)]],
    )
    kept.execute("update payloads set fetched_at = '2026-03-09 00:00 +0800' where info_code = %s", [code(2)])
    spoil(kept, 1, 2, 3)
    told = replayed(kept, "--since", "2026-03-09")
    assert {each["info_code"] for each in told["articles"]} == {code(2), code(3), code(5)}


def test_same_code_changes_nothing(kept: Desk) -> None:
    rows, files = rows_as_they_lie(kept), files_as_they_lie(kept)
    for arguments in (("--all",), ("--all", "--diff"), (code(1), code(4)), ("--reason", "body_empty")):
        replayed(kept, *arguments)
    kept.run("quarantine", "replay", "--all")
    assert rows_as_they_lie(kept) == rows
    assert files_as_they_lie(kept) == files
    assert kept.rows("select kind from runs order by id")[1:] == [("replay",)] * 4, "a comparison is no run"
    ((counts,),) = kept.rows("select counts from runs where kind = 'replay' order by id limit 1")
    assert (counts["unchanged"], counts["quarantined"]) == (3, 2)


def test_a_change_is_a_revision_a_post_and_an_event(kept: Desk) -> None:
    before = kept.tree()
    spoil(kept, 1)
    told = replayed(kept, "--all")
    assert (told["updated"], told["unchanged"], told["written"]) == (1, 2, 0)
    assert kept.tree() == before, "the text is again what is on disk"
    (row,) = kept.rows("select title, normaliser, revision from articles where info_code = %s", [code(1)])
    assert row == (article(1).title, VERSION, 3)
    events = kept.rows(
        "select info_code, outcome from events join runs r on r.id = run_id where r.kind = 'replay'"
    )
    assert events == [(code(1), "updated")]
    assert kept.rows("select distinct lease_run from links") == [(None,)]


def test_a_post_comes_back(kept: Desk) -> None:
    before, rows = kept.tree(), rows_as_they_lie(kept)
    first, second, _ = sorted(before)
    (kept.site / first).unlink()
    (kept.site / second).write_text("half", encoding="utf-8")
    inodes = files_as_they_lie(kept)
    found = kept.run("replay", "--all", "--diff", "--json").json
    assert found["fields"]["post"]["count"] == 2
    assert replayed(kept, "--all")["written"] == 2
    assert kept.tree() == before
    third = sorted(before)[2]
    assert files_as_they_lie(kept)[third] == inodes[third]
    changed = {table for table, now in rows_as_they_lie(kept).items() if now != rows[table]}
    assert changed <= {"articles"}, "the rows were locked while their posts were written"


def test_versions_behind(kept: Desk) -> None:
    kept.execute("update articles set normaliser = %s where info_code <> %s", [VERSION - 1, code(2)])
    kept.execute("delete from securities")
    assert kept.run("status", "--json").json["behind"] == 2
    assert "2 made by an earlier normaliser" in kept.run("status").out
    files = files_as_they_lie(kept)
    told = replayed(kept, "--behind")
    assert (told["unchanged"], told["updated"], told["stamped"]) == (2, 0, 2)
    assert kept.rows("select distinct normaliser, revision from articles") == [(VERSION, 1)]
    assert kept.run("status", "--json").json["behind"] == 0
    assert files_as_they_lie(kept) == files
    assert replayed(kept, "--behind")["unchanged"] == 0


def test_a_fetch_tells_the_version_too(kept: Desk) -> None:
    kept.execute("update articles set normaliser = %s", [VERSION - 1])
    assert kept.ingest(code(1)).counts["unchanged"] == 1
    assert kept.rows("select normaliser, revision from articles order by info_code") == [
        (VERSION, 1),
        (VERSION - 1, 1),
        (VERSION - 1, 1),
    ]


def test_securities_are_made_again(desk: Desk) -> None:
    body = '<p>据悉，<span data-code="1,600160">巨化股份</span>发布公告。</p>'
    desk.publish(article(1, body=body))
    desk.ingest(article(1))
    desk.execute("update securities set name = '旧名'")
    found = desk.run("replay", "--all", "--diff", "--json").json
    assert found["fields"]["securities"]["samples"] == [
        {"info_code": code(1), "old": "1,600160 旧名", "new": "1,600160 巨化股份"}
    ]
    assert desk.run("replay", "--all", "--json").json["stamped"] == 1
    assert desk.rows("select market, code, name from securities") == [("1", "600160", "巨化股份")]


def test_what_is_read_worse_now_waits_in_quarantine_and_its_post_stays(kept: Desk) -> None:
    before = kept.tree()
    kept.execute(
        "update payloads set content_type = 'text/plain', body = '\\x789c030000000001' where info_code = %s",
        [code(1)],
    )
    told = replayed(kept, code(1))
    assert [(each["outcome"], each["post"]) for each in told["articles"]] == [
        ("quarantined", next(path for path in before if code(1) in path))
    ]
    assert kept.tree() == before
    rows = rows_as_they_lie(kept)
    assert replayed(kept, code(1))["quarantined"] == 1
    assert rows_as_they_lie(kept) == rows, "the same end again is not news"


def test_a_leased_article_is_skipped_only_where_it_would_change(kept: Desk) -> None:
    spoil(kept, 1)
    # A run of somebody who lives: an advisory lock is their sign of life.
    with Pipeline(kept.settings()) as other, other.run("ingest", "somebody") as run:
        kept.execute(
            "update links set lease_token = nextval('lease_tokens'), lease_run = %s, lease_until = now() + '5 min'",
            [run.number],
        )
        told = replayed(kept, "--all")
        assert (told["skipped"], told["unchanged"], told["updated"]) == (1, 2, 0)
        assert [each["reason"] for each in told["articles"] if each["outcome"] == "skipped"] == ["leased"]


def test_wrong_requests_do_nothing(kept: Desk) -> None:
    for arguments, words in (
        (("--media", "海巷晚报"), HARBOUR),
        (("--media", "x"), "to the letter"),
        (("--since", "yesterday"), "Expected a day"),
        (("--all", code(1)), "both named"),
        ((), "nothing is named"),
    ):
        ran = kept.run("replay", *arguments)
        assert (ran.status, words in ran.err) == (2, True), ran.err
    assert kept.rows("select count(*) from runs where kind = 'replay'") == [(0,)]
    told = replayed(kept, "NW202603109999999999")
    assert (told["skipped"], told["articles"][0]["reason"]) == (1, "no_payload")


@pytest.mark.parametrize("processes", [1, 2])
def test_the_embedded_server_serves_workers_too(desk: Desk, processes: int) -> None:
    desk.given |= {"database_url": None, "processes": processes}
    stock(desk, 60)
    before = files_as_they_lie(desk)
    with Pipeline(desk.settings()) as pipeline:
        report = replay(pipeline, Selection())
    assert report.counts["unchanged"] == 60
    assert files_as_they_lie(desk) == before
