"""What operators set at run time: feeds and mirrors that are left alone, rates, probes; and the hours that are kept."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from finews.flows.alert_conditions import Snapshot, Thresholds, conditions
from finews.flows.feeds import never_read
from finews.flows.mirror_names import mirror_named, name_of
from finews.flows.mirror_probe import close_now, probe_mirror
from finews.flows.mirror_rates import set_mirror_rate
from finews.flows.pauses import long_pauses, pause_mirror, resume_mirror
from finews.flows.pipeline import Pipeline
from finews.schema.database import Database
from finews.schema.errors import RequestError, UnknownNameError
from finews.schema.mirrors import MirrorState, open_circuit
from finews.schema.pauses import Pause
from finews.schema.records import FEEDS
from tests.pipeline.desk import Desk, article, outcomes

NOW = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)
PAUSED = Pause(at=NOW - timedelta(days=2), by="张三", why="维护")


def test_a_paused_feed_is_read_by_no_poll(desk: Desk) -> None:
    desk.publish(article(1, feeds=("37",)), article(2, feeds=("38",)))
    told = desk.run("feeds", "pause", "market37", "--why", "source\nmoves", "--json").json
    assert told["done"] == ["feed 37 is paused"]
    assert told["feeds"][0]["paused"]["why"] == "source moves"
    report = desk.poll()
    assert [each.name for each in report.feeds] == list(FEEDS)
    assert [each.name for each in report.feeds if each.paused] == ["37"]
    assert (report.counts["new"], report.trouble, report.note) == (1, False, "paused, and not read: 37")
    assert desk.rows("select detail -> 'paused' from runs where kind = 'poll'") == [(["37"],)]
    desk.newsroom.forget_requests()
    by_hand = desk.run("poll", "--feed", "37", "--json")
    assert (by_hand.status, by_hand.json["feeds"][0]["paused"]) == (0, True)
    assert desk.newsroom.count("feeds") == 0
    status = {each["name"]: each for each in desk.run("status", "--json").json["feeds"]}
    assert (status["37"]["state"], status["38"]["state"]) == ("paused", "well")
    shown = desk.run("status").out
    assert "feed 37 is not read: paused by" in shown
    assert "(source moves)" in shown
    checks = {each["name"]: each for each in desk.run("doctor", "--json").json["checks"]}
    assert checks["feed 37"]["standing"] == "not checked"
    assert "paused by" in checks["feed 37"]["found"]
    assert checks["feed 38"]["standing"] == "well"
    assert desk.run("feeds", "resume", "37").out == "feed 37 is read again\n"
    assert desk.run("feeds", "resume", "37").out == "feed 37 was not paused\n"
    assert desk.poll().counts["new"] == 1
    assert desk.run("feeds", "pause", "37", "40").status == 2


def test_a_paused_mirror_is_not_asked(desk: Desk) -> None:
    """An article that the others lack is tried again, as with an open circuit; it is not gone."""
    everywhere, there = article(1), article(2)
    desk.publish(everywhere, there)
    for other in (0, 2):
        desk.newsroom.withhold(there.info_code, mirror=other)
    settings = desk.settings()
    with Database(settings) as database:
        assert pause_mirror(database, settings, "2", why="") == f"mirror {settings.sources[1]} is paused"
        report = desk.ingest(everywhere, there)
        assert outcomes(report) == {
            everywhere.info_code: ("new", ""),
            there.info_code: ("failed", "mirror_paused"),
        }
        assert desk.newsroom.count(mirror=1) == 0
        doctor = {each["name"]: each for each in desk.run("doctor", "--json").json["checks"]}
        assert doctor[f"mirror {settings.sources[1]}"]["standing"] == "not checked"
        assert desk.newsroom.count(mirror=1) == 0
        with pytest.raises(RequestError, match="paused"):
            probe_mirror(database, settings, "2")
        resume_mirror(database, settings, "2")
    assert outcomes(desk.ingest(there)) == {there.info_code: ("new", "")}


def test_while_the_first_mirror_is_paused_no_feed_is_read(desk: Desk) -> None:
    desk.publish(article(1, feeds=("37",)))
    desk.poll()
    first = desk.settings().sources[0]
    assert (
        desk.run("mirrors", "pause", first).out
        == f"mirror {first} is paused; it serves the feeds, so none is read\n"
    )
    desk.newsroom.forget_requests()
    report = desk.poll()
    assert (report.trouble, all(each.paused for each in report.feeds)) == (False, True)
    assert report.note == f"no feed is read: mirror {first}, which serves them, is paused"
    assert desk.newsroom.count(mirror=0) == desk.newsroom.count("feeds") == 0
    assert desk.rows("select max(failures), min(next_poll) > now() from feeds") == [(0, True)]
    told = desk.run(
        "backfill", "--from", "2026-03-10", "--to", "2026-03-10", "--feed", "37", "--plan", "--json"
    )
    assert "mirror_paused" in told.out
    assert desk.newsroom.count(mirror=0) == 0


def test_while_every_mirror_is_paused_what_is_due_waits(desk: Desk) -> None:
    desk.publish(article(1))
    code = article(1).info_code
    desk.execute("insert into links (info_code) values (%s)", [code])
    settings = desk.settings()
    with Database(settings) as database:
        for number in ("1", "2", "3"):
            pause_mirror(database, settings, number, why="night")
        report = desk.poll()
        assert "1 link waits for the next poll" in report.note
        assert (desk.newsroom.requests, desk.count("events")) == ([], 0)
        by_hand = desk.ingest(code)
        assert outcomes(by_hand) == {code: ("failed", "mirror_paused")}
        assert by_hand.note == "every mirror is paused; 1 link is asked for again soon"
        resume_mirror(database, settings, "3")
        desk.execute("update links set due_at = now()")
        assert desk.poll().counts["new"] == 1


def test_a_rate_of_a_mirror_wins(desk: Desk) -> None:
    """It is divided as FINEWS_RATE is, heeded by a crawl that is open already, and taken back."""
    desk.publish(*(article(number) for number in range(1, 7)))
    settings = desk.settings(rate=40.0, recheck_share=0.125)
    first, second, _ = settings.sources
    with Database(settings) as database, Pipeline(settings, crawling=1) as pipeline:
        assert (pipeline.rules.rate_of(first), pipeline.rate) == (35.0, 40.0)
        assert set_mirror_rate(database, settings, first, 8.0).endswith(
            "at most 8 times a second, from the next crawl on"
        )
        pipeline.heed_operators()
        assert (pipeline.rules.rate_of(first), pipeline.rules.rate_of(second), pipeline.rate) == (
            7.0,
            35.0,
            8.0,
        )
        for wrong in (0.0, 0.05, 51.0, float("nan"), float("inf")):
            with pytest.raises(RequestError, match=r"from 0\.1 to 50"):
                set_mirror_rate(database, settings, first, wrong)
    began = time.monotonic()
    desk.ingest(*(article(number) for number in range(1, 7)))
    # A request for robots.txt and six for texts.
    assert time.monotonic() - began >= 6 / 7.0, "nobody set a limit but for this mirror"
    assert desk.run("mirrors", "rate", "1").status == 2
    assert desk.run("mirrors", "rate", "1", "51").status == 2
    told = desk.run("mirrors", "rate", "1", "--default", "--json", FINEWS_RATE="3").json
    assert (told["mirrors"][0]["rate"], told["mirrors"][0]["rate_set_by"]) == (3.0, None)


def test_a_mirror_is_probed_and_its_circuit_closed(desk: Desk) -> None:
    settings = desk.settings()
    first = settings.sources[0]
    with Database(settings) as database:

        def opened() -> int:
            return int(desk.rows("select opened from mirrors where base = %s", [first])[0][0])

        with database.transaction() as connection:
            open_circuit(connection, first, "http_500", probed=False, pause=30, longest=600)
        desk.newsroom.fault("drop", mirror=0)
        found = probe_mirror(database, settings, "1")
        assert (found.error, found.seconds, opened()) == ("connection", None, 2)
        assert found.words.endswith("(connection); its circuit stays open")
        desk.newsroom.clear_faults()
        ran = desk.run("mirrors", "probe", first, "--json")
        assert (ran.status, ran.json["done"], opened()) == (
            0,
            [f"mirror {first} answers; its circuit is closed"],
            0,
        )
        desk.newsroom.fault("http_500", mirror=0)
        assert desk.run("mirrors", "probe", "1").status == 1
        assert opened() == 0, "one request that failed opens nothing"
        with database.transaction() as connection:
            open_circuit(connection, first, "http_500", probed=False, pause=30, longest=600)
        assert close_now(database, settings, "1") == f"the circuit of mirror {first} is closed"
        assert opened() == 0


def test_what_was_read_and_answered_is_kept_by_the_hour(desk: Desk) -> None:
    desk.publish(article(1, feeds=("37",)), article(2, feeds=("37",)))
    desk.poll()
    desk.newsroom.fault("http_500", mirror=0)
    desk.poll()
    readings = desk.rows(
        "select sum(readings), sum(failures), sum(unheard), sum(listed), sum(discovered), max(last_error) "
        "from feed_hours where feed = '37'"
    )
    assert readings == [(1, 1, 0, 2, 2, "http_500")]
    first, second, _ = desk.newsroom.bases
    counted = dict(desk.rows("select base, sum(answers + troubles)::int from mirror_hours group by base"))
    assert counted[first] == desk.newsroom.count(mirror=0) - desk.newsroom.count("robots", mirror=0)
    ((troubles, seconds),) = desk.rows(
        "select sum(troubles)::int, sum(seconds) from mirror_hours where base = %s", [first]
    )
    assert troubles >= 5
    assert seconds > 0
    assert second not in counted or counted[second] >= 0


def test_what_is_paused_raises_no_alert() -> None:
    feed = replace(
        never_read("37"), last_success=NOW - timedelta(days=3), next_poll=NOW - timedelta(days=2), failures=9
    )
    mirror = MirrorState(base="http://a", opened=3, opened_at=NOW - timedelta(days=1), last_error="timeout")
    limits = Thresholds(
        failures=3,
        quarantine=50,
        backlog=timedelta(hours=1),
        poll_every=timedelta(minutes=1),
        poll_late=timedelta(minutes=5),
        disk=0,
    )

    def kinds(state: Snapshot) -> set[str]:
        return {each.kind for each in conditions(state, limits)}

    amiss = Snapshot(now=NOW, feeds=(feed,), mirrors=(mirror,))
    assert kinds(amiss) == {"poll late", "feed failing", "mirror open-circuit"}
    left_alone = replace(
        amiss, feeds=(replace(feed, paused=PAUSED),), mirrors=(replace(mirror, paused=PAUSED),)
    )
    assert kinds(left_alone) == set()
    unserved = replace(amiss, mirrors=(replace(mirror, paused=PAUSED),))
    assert kinds(unserved) == {"poll late"}
    told = long_pauses(left_alone.feeds, left_alone.mirrors, now=NOW)
    assert [each.what for each in told] == [
        "feed 37 is paused by 张三 since 2026-03-08 17:30 (维护)",
        "mirror http://a is paused by 张三 since 2026-03-08 17:30 (维护)",
    ]
    assert long_pauses(left_alone.feeds, (), now=PAUSED.at + timedelta(hours=23)) == []


def test_names_of_mirrors(desk: Desk) -> None:
    settings = desk.settings(sources="http://a.example/x,http://a.example/y,https://b.example:99")
    assert [name_of(settings, each) for each in settings.sources] == ["1", "2", "b.example:99"]
    for name in ("3", "B.example", "b.example:99", "https://b.example:99/"):
        assert mirror_named(settings, name) == "https://b.example:99"
    assert mirror_named(settings, "http://a.example/y") == "http://a.example/y"
    for name in ("0", "4", "", "c.example", "²", "a.example"):
        with pytest.raises(UnknownNameError, match=r"Mirrors are 1, 2, b\.example:99"):
            mirror_named(settings, name)
