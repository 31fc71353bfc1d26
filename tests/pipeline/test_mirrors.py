"""Mirrors that fail: a circuit each, which outlives the crawl; and all of them at once, which is nobody's fault."""

from __future__ import annotations

import json
import threading
import time

import pytest

from finews.flows.mirrors import MirrorCircuits
from finews.schema.database import Database
from tests.pipeline.desk import Desk, article, outcomes

MANY = 12


def articles(first: int, number: int = MANY) -> list[str]:
    """InfoCodes of articles."""
    return [article(each).info_code for each in range(first, first + number)]


@pytest.fixture
def busy(desk: Desk) -> Desk:
    """A source with a hundred articles, whose first mirror drops every connection."""
    desk.publish(*(article(number) for number in range(1, 101)))
    desk.newsroom.fault("drop", mirror=0)
    desk.given["concurrency"] = 4
    return desk


def test_a_failing_mirror_is_left_alone_by_the_next_run_too(busy: Desk) -> None:
    assert busy.ingest(*articles(1)).counts["new"] == MANY
    (base, opened, reason) = busy.rows("select base, opened, last_error from mirrors")[0]
    assert (base, opened, reason) == (busy.newsroom.bases[0], 1, "connection")
    busy.newsroom.forget_requests()
    report = busy.ingest(*articles(21))
    assert report.counts["new"] == MANY
    assert busy.newsroom.count(mirror=0) == 0
    assert report.note == ""


def test_status_shows_it(busy: Desk) -> None:
    busy.ingest(*articles(1))
    ran = busy.run("status", "--json")
    first, second, _ = ran.json["mirrors"]
    assert (first["circuit"], first["last_error"], second["circuit"]) == ("open", "connection", "closed")
    assert first["next_probe"] > first["since"]
    assert busy.newsroom.bases[0] in busy.run("status").out


def test_one_probe_closes_the_circuit(busy: Desk) -> None:
    busy.ingest(*articles(1))
    busy.newsroom.clear_faults()
    busy.execute("update mirrors set probe_at = now()")
    busy.newsroom.forget_requests()
    assert busy.ingest(*articles(21, 40)).counts["new"] == 40
    assert busy.rows("select opened, probe_at from mirrors") == [(0, None)]
    assert busy.newsroom.count("text", mirror=0) > 20, "the mirror is asked again"


def test_one_probe_that_fails_keeps_it_open_for_longer(busy: Desk) -> None:
    busy.ingest(*articles(1))
    busy.execute("update mirrors set probe_at = now()")
    busy.newsroom.forget_requests()
    assert busy.ingest(*articles(21, 40)).counts["new"] == 40
    assert busy.newsroom.count("text", mirror=0) == 1, "one probe, and no more"
    (opened, seconds) = busy.rows("select opened, extract(epoch from probe_at - now())::float8 from mirrors")[
        0
    ]
    assert opened == 2
    assert seconds > 45


def test_two_crawl_processes_send_one_probe(busy: Desk) -> None:
    """And so would two machines: the database grants it."""
    busy.ingest(*articles(1))
    busy.execute("update mirrors set probe_at = now()")
    busy.newsroom.forget_requests()
    (busy.folder / "links.txt").write_text("\n".join(articles(21, 60)), encoding="utf-8")
    ran = busy.run("ingest", "--file", "links.txt", "--json", FINEWS_PROCESSES="2")
    assert ran.json["new"] == 60
    assert busy.newsroom.count("text", mirror=0) == 1


def test_the_database_grants_one_probe(desk: Desk) -> None:
    """Of many that ask at once; who is refused hears how long to wait, or that it is over."""
    with Database(desk.settings()) as database:
        keeper = MirrorCircuits(database, desk.settings())
        assert keeper.probe("http://a") is None
        assert 29 < keeper.opened("http://a", "timeout", probed=False) <= 30
        assert 29 < keeper.opened("http://a", "timeout", probed=False) <= 30
        assert (keeper.probe("http://a") or 0) > 29
        desk.execute("update mirrors set probe_at = now()")
        waits: list[float | None] = []
        asking = [threading.Thread(target=lambda: waits.append(keeper.probe("http://a"))) for _ in range(5)]
        for each in asking:
            each.start()
        for each in asking:
            each.join()
        assert sorted(wait == 0 for wait in waits) == [False] * 4 + [True]
        assert 59 < keeper.opened("http://a", "timeout", probed=True) <= 60
        keeper.closed("http://a")
        assert keeper.probe("http://a") is None


def test_what_a_failing_mirror_alone_may_have_is_not_gone(busy: Desk) -> None:
    busy.ingest(*articles(1))
    code = article(200).info_code
    report = busy.ingest(code)
    assert outcomes(report) == {code: ("failed", "circuit_open")}
    assert busy.rows("select attempts from links where info_code = %s", [code]) == [(1,)]


def test_every_mirror_at_once_charges_nobody(desk: Desk) -> None:
    """Neither mirrors nor feeds nor links; the run says so, and stops asking for what is due."""
    desk.publish(*(article(number, feeds=("37",)) for number in range(1, 41)))
    assert desk.poll().counts["new"] == 40
    desk.publish(*(article(number, feeds=("37",)) for number in range(41, 401)))
    desk.execute(
        "insert into links (info_code) select 'NW20260310' || lpad(n::text, 10, '0') from generate_series(101, 400) n"
    )
    desk.newsroom.fault("drop")
    desk.newsroom.forget_requests()
    report = desk.poll()
    assert {each.error for each in report.feeds} == {"connection"}
    assert "every mirror failed at once (connection)" in report.note
    assert "our own network" in report.note
    assert report.trouble
    assert desk.rows("select max(failures), max(last_error) from feeds") == [(0, None)]
    assert desk.rows("select count(*) from mirrors where opened > 0") == [(0,)]
    assert desk.rows("select max(attempts) from links where state = 'failed'") == [(0,)]
    assert desk.rows("select count(*) from links where lease_token is not null") == [(0,)]
    assert 0 < report.counts["failed"] < 300, "the rest waits in the frontier"
    assert desk.newsroom.count("text") < 200
    assert desk.rows("select detail ->> 'note' from runs order by id desc limit 1") == [(report.note,)]

    desk.newsroom.clear_faults()
    desk.execute("update links set due_at = now()")
    assert desk.poll().counts["new"] == 300


def test_a_single_link_on_a_dead_network_is_not_charged(desk: Desk) -> None:
    desk.publish(article(1))
    desk.newsroom.fault("drop")
    for _ in range(3):
        report = desk.ingest(article(1))
        assert outcomes(report) == {article(1).info_code: ("failed", "connection")}
        assert "our own network" in report.note
    ((attempts, seconds),) = desk.rows(
        "select attempts, extract(epoch from due_at - changed_at)::float8 from links"
    )
    assert (attempts, seconds < 80) == (0, True)


def test_a_single_link_that_every_mirror_drops_is_charged(desk: Desk) -> None:
    """While feeds and other links are answered: it is the article, not the network."""
    desk.publish(article(1, feeds=("37",)), article(2, feeds=("37",)))
    desk.newsroom.fault("drop", info_code=article(1).info_code)
    report = desk.poll()
    assert report.counts["failed"] == 1
    assert report.note == ""
    assert desk.rows("select attempts from links where state = 'failed'") == [(1,)]


def test_one_feed_mirror_that_is_away_is_charged(desk: Desk) -> None:
    """The others answer: it is not our network."""
    desk.newsroom.fault("drop", mirror=0)
    report = desk.poll()
    assert report.note == ""
    assert desk.rows("select distinct failures, last_error from feeds") == [(1, "connection")]


def test_a_short_outage_is_sat_out(desk: Desk) -> None:
    """The network comes back while links wait: they are fetched in the same run."""
    desk.publish(*(article(number) for number in range(1, 101)))
    desk.newsroom.fault("drop")
    process = desk.start("ingest", *articles(1, 100), "--json", FINEWS_CONCURRENCY="4")
    while not desk.newsroom.count("text"):
        assert process.poll() is None
        time.sleep(0.01)
    desk.newsroom.clear_faults()
    out, _ = process.communicate(timeout=60)
    assert json.loads(out)["new"] == 100


@pytest.mark.slow
def test_a_poll_goes_on_after_an_outage(desk: Desk) -> None:
    """What stopped it is over: what is due is not left to the next poll."""
    desk.publish(*(article(number) for number in range(1, 1201)))
    desk.execute(
        "insert into links (info_code) select 'NW20260310' || lpad(n::text, 10, '0') from generate_series(1, 1200) n"
    )
    desk.newsroom.fault("drop", path="text", times=40)
    assert desk.poll().counts["new"] > 1100


@pytest.mark.slow
def test_server_errors_everywhere_open_no_circuit(desk: Desk) -> None:
    """The links wait longer each time, for somebody answered; no mirror is worse than the others."""
    desk.publish(*(article(number) for number in range(1, 21)))
    desk.newsroom.fault("http_503")
    report = desk.ingest(*articles(1, 20))
    assert report.counts["failed"] == 20
    assert "every mirror failed at once (http_503)" in report.note
    assert "our own network" not in report.note
    assert desk.rows("select count(*) from mirrors where opened > 0") == [(0,)]
