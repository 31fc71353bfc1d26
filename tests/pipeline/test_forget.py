"""`forget`: gone from rows, posts and payloads, and no sighting, link or late result brings it back."""

from __future__ import annotations

from datetime import UTC, datetime

from finews.flows.pipeline import Pipeline
from finews.schema.frontier import add_links, claim, held
from finews.schema.ledger import start_run
from finews.schema.tombstones import bury
from tests.pipeline.desk import Desk, article, outcomes

CODE = article(1).info_code


def test_a_forgotten_article_stays_away_until_it_is_let_back(desk: Desk) -> None:
    desk.publish(article(1, feeds=("37",)), article(2, feeds=("37",)))
    desk.poll()
    desk.newsroom.edit(CODE, title="改过")
    desk.ingest(CODE)
    ran = desk.run("forget", CODE, "--why", "by request", "--json")
    assert (ran.status, ran.json["forgotten"], ran.json["removed_posts"]) == (0, [CODE], 1), ran.err
    for table in ("articles", "payloads", "sightings", "revisions", "securities", "quarantine"):
        assert desk.rows(f"select count(*) from {table} where info_code = %s", [CODE]) == [(0,)], table
    assert list(desk.tree()) == [f"_posts/2026-03-10-{article(2).info_code}.md"]

    desk.newsroom.forget_requests()
    assert desk.poll().counts["skipped"] == 2
    assert outcomes(desk.ingest(CODE)) == {CODE: ("skipped", "forgotten")}
    assert desk.newsroom.count("text") == 0
    assert len(desk.tree()) == 1
    told = desk.run("trace", CODE, "--json").json
    assert "forgotten" in told["standing"]
    assert told["events"][-1]["why"] == "by request"
    assert desk.run("status", "--json").json["links"]["forgotten"] == 1

    assert desk.run("forget", CODE, "--undo", "--json").json["remembered"] == [CODE]
    assert outcomes(desk.poll())[CODE] == ("new", "")
    assert len(desk.tree()) == 2


def test_what_feeds_said_meanwhile_is_asked_for_again(desk: Desk) -> None:
    rolling = article(1, feeds=("rolling",), digest="【样本】样本摘要", medianame="样本财经报")
    desk.publish(rolling, article(2, feeds=("rolling",)))
    assert desk.run("forget", CODE, "--why", "by mistake").status == 0
    desk.poll()
    assert desk.run("forget", CODE, "--undo").status == 0
    assert outcomes(desk.poll())[CODE] == ("new", "")
    assert desk.rows("select rolling, digest from articles where info_code = %s", [CODE]) == [
        (True, "样本摘要")
    ]


def test_a_result_that_comes_after_is_refused(desk: Desk) -> None:
    with Pipeline(desk.settings()) as pipeline, pipeline.database.transaction() as connection:
        run = start_run(connection, "ingest", reason="")
        add_links(connection, [CODE])
        (link,) = claim(connection, run, [CODE])
        bury(connection, [CODE])
        assert held(connection, {CODE: link.token}) == set()
        assert claim(connection, run, [CODE]) == []


def test_what_was_never_here_can_be_forgotten_too(desk: Desk) -> None:
    desk.publish(article(1, feeds=("37",)))
    assert desk.run("forget", CODE, "--why", "never").status == 0
    assert desk.poll().counts["new"] == 0
    assert desk.tree() == {}


def test_a_post_that_a_kill_left_behind_is_removed_by_publish(desk: Desk) -> None:
    desk.publish(article(1))
    desk.ingest(CODE)
    (path,), (text,) = desk.tree().keys(), desk.tree().values()
    desk.run("forget", CODE, "--why", "by request")
    (desk.site / path).write_bytes(text)
    assert desk.run("publish", "--json").json["removed"] == 1
    assert desk.tree() == {}


def test_a_reason_is_asked_for_and_undo_needs_a_tombstone(desk: Desk) -> None:
    assert desk.run("forget", CODE).status == 2
    ran = desk.run("forget", CODE, "--undo")
    assert ran.status == 2
    assert "not forgotten" in ran.err


def test_what_is_gone_is_asked_again_a_day_later_and_then_weekly(desk: Desk) -> None:
    for days in (1, 7, 7):
        assert outcomes(desk.ingest(CODE))[CODE][0] == "gone"
        ((due,),) = desk.rows("select due_at from links")
        assert round((due - datetime.now(UTC)).total_seconds() / 86400) == days
    desk.rows("update links set due_at = now() returning 1")
    desk.publish(article(1))
    assert outcomes(desk.poll())[CODE] == ("new", "")
