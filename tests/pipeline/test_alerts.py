"""Alerts end to end: real trouble, a real database, real HTTP targets, and commands that give no secret away."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from typer.testing import CliRunner

from finews.flows.alert_conditions import KINDS
from finews.flows.alerts import Check, check_alerts
from finews.flows.command_line import app
from finews.flows.pipeline import Pipeline
from finews.flows.poll import poll
from finews.schema.database import Database
from tests.pipeline.desk import ROOT, Desk, article
from tests.pipeline.listener import Listener, listening

AT_ONCE = {"alerts_hold": 0, "alerts_well": 0, "alerts_disk": 0}


@pytest.fixture
def listener() -> Iterator[Listener]:
    """Somebody who is told."""
    with listening() as somebody:
        yield somebody


def check(desk: Desk, **settings: Any) -> Check:
    """`finews alerts check`, with no patience but what a test wants."""
    given = desk.settings(**{**AT_ONCE, **settings})
    with Database(given) as database:
        return check_alerts(database, given)


def fail_feed(desk: Desk, failures: int = 3) -> None:
    """A feed that failed so often."""
    desk.execute(
        """
        insert into feeds (name, failures, last_error, last_success, next_poll)
        values ('37', %s, 'http_502', now() - interval '1 min', now() + interval '1 min')
        on conflict (name) do update set failures = excluded.failures
        """,
        [failures],
    )


def test_real_trouble_is_told_and_its_end(desk: Desk, listener: Listener) -> None:
    desk.given |= {"alerts_to": listener.address, "retry_min": 0.01, "alerts_quarantine": 2, "concurrency": 4}
    desk.publish(
        *(article(number, feeds=("37",)) for number in range(1, 13)),
        *(
            article(number, feeds=("38",), extra={"title": ""}, feed_extra={"title": ""})
            for number in (20, 21)
        ),
    )
    desk.newsroom.fault("drop", mirror=0, path="text")
    with Pipeline(desk.settings(), crawling=1) as pipeline:
        poll(pipeline)
        desk.newsroom.fault("http_502", path="feeds")
        for _ in range(3):
            poll(pipeline)
    check(desk)
    (told,) = listener.messages
    assert told["title"] == "finews: feed failing (5), mirror open-circuit, quarantine rising"
    for words in (
        "feed rolling failed 3 times in a row (http_502), since 20",
        f"mirror {desk.newsroom.bases[0]} is not asked any more (connection)",
        "2 articles went into quarantine within an hour",
        "First: `finews quarantine list`",
    ):
        assert words in told["message"], told
    desk.newsroom.clear_faults()
    desk.run("quarantine", "discard", "--all", "--why", "no titles, ever")
    desk.publish(*(article(number) for number in range(30, 70)))
    desk.poll()
    desk.execute("update mirrors set probe_at = now()")
    desk.ingest(*(article(number) for number in range(30, 70)))
    found = check(desk)
    assert listener.titles[1:] == ["finews: all clear"], found.alerts
    check(desk)
    assert len(listener.messages) == 2


def test_a_bad_night_is_three_messages(
    desk: Desk, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole way: state in the database, a check every four minutes of a night, a real target."""
    night = datetime(2026, 3, 11, tzinfo=UTC)
    settings = desk.settings(alerts_to=listener.address, alerts_disk=0)
    fail_feed(desk, 0)
    with Database(settings) as database:
        for minute in range(0, 480, 4):
            now = night + timedelta(minutes=minute)
            monkeypatch.setattr("finews.flows.alerts.clock", lambda _, now=now: now)
            at_four, over = 60 <= minute < 360, minute >= 360
            desk.execute(
                "update feeds set failures = %s, last_success = %s, next_poll = %s",
                [minute if at_four else 0, night if at_four else now, now],
            )
            # A mirror that comes and goes all night.
            desk.execute(
                """
                insert into mirrors (base, opened, opened_at) values (%s, %s, %s)
                on conflict (base) do update set opened = excluded.opened
                """,
                [settings.sources[0], int(not over and minute % 20 < 12), night],
            )
            found = check_alerts(database, settings)
            assert not found.trouble
    assert listener.titles == [
        "finews: mirror open-circuit",
        "finews: more trouble: feed failing",
        "finews: all clear",
    ]


def test_of_many_checks_at_once_one_sends(desk: Desk, listener: Listener) -> None:
    fail_feed(desk)
    with ThreadPoolExecutor(6) as threads:
        found = list(threads.map(lambda _: check(desk, alerts_to=listener.address), range(12)))
    assert listener.titles == ["finews: feed failing"]
    assert sum(len(each.sendings) for each in found) == 1


def test_what_was_not_taken_is_sent_again_and_what_was_is_not(desk: Desk, listener: Listener) -> None:
    with listening() as other:
        both = f"{listener.address}, {other.address}"
        fail_feed(desk)
        other.refusing = True
        found = check(desk, alerts_to=both)
        assert found.trouble
        assert [(each.target, each.error is None) for each in found.sendings] == [
            ("1 (json)", True),
            ("2 (json)", False),
        ]
        # It is over before the second one is there again: that one gets both, in their order.
        fail_feed(desk, 0)
        assert check(desk, alerts_to=both).trouble
        assert other.messages == []
        other.refusing = False
        assert not check(desk, alerts_to=both).trouble
        assert not check(desk, alerts_to=both).sendings
        assert listener.titles == other.titles == ["finews: feed failing", "finews: all clear"]


def test_a_death_before_sending_loses_nothing(
    desk: Desk, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_feed(desk)

    def death(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("finews.flows.alert_delivery.send", death)
        with pytest.raises(KeyboardInterrupt):
            check(desk, alerts_to=listener.address)
    assert listener.messages == []
    for _ in range(2):
        check(desk, alerts_to=listener.address)
    assert listener.titles == ["finews: feed failing"]


def test_what_is_read_again_is_not_rising(desk: Desk) -> None:
    """A replay that leaves articles in quarantine is the operator's work, not the source's trouble."""
    desk.publish(
        *(
            article(number, feeds=("38",), extra={"title": ""}, feed_extra={"title": ""})
            for number in (1, 2, 3)
        )
    )
    desk.poll()
    assert [each.kind for each in check(desk, alerts_quarantine=3).alerts] == ["quarantine rising"]
    desk.execute("update payloads set fetched_at = fetched_at - interval '2 h'")
    desk.execute("update quarantine set at = at - interval '2 h', reason = 'an older word for it'")
    assert check(desk, alerts_quarantine=3).alerts == ()
    assert desk.run("quarantine", "replay", "--all").status == 1
    assert desk.rows("select count(*) from quarantine where at > now() - interval '1 h'") == [(3,)]
    assert check(desk, alerts_quarantine=3).alerts == ()


def test_nobody_to_tell_loses_nothing(desk: Desk, listener: Listener) -> None:
    fail_feed(desk)
    assert [each.firing for each in check(desk).alerts] == [True]
    assert desk.count("alert_messages") == 0
    check(desk, alerts_to=listener.address)
    assert listener.titles == ["finews: feed failing"]


def test_commands_say_it_without_the_secret(
    desk: Desk, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = "json://desk:geheim@127.0.0.1:1/alerts"
    surroundings = {
        "FINEWS_ALERTS_TO": f"{listener.address} {bad} nosuchthing://geheim",
        "FINEWS_ALERTS_HOLD": "0",
    }
    surroundings["FINEWS_ALERTS_DISK"] = "0"
    ran = desk.run("alerts", "test", "--json", **surroundings)
    assert ran.status == 1
    assert "geheim" not in ran.out + ran.err
    assert [(each["target"], each["error"] is None) for each in ran.json["targets"]] == [
        ("1 (json)", True),
        ("2 (json)", False),
        ("3 (nosuchthing)", False),
    ]
    assert listener.titles == ["finews: test"]
    fail_feed(desk)
    monkeypatch.chdir(desk.folder)
    runner = CliRunner(env=desk.environment(**surroundings))
    said = []
    for words, status in (
        (("alerts", "test"), 1),
        (("alerts", "check"), 1),
        (("alerts", "check", "--json"), 1),
        (("alerts", "list"), 0),
        (("alerts", "list", "--json"), 0),
        (("settings",), 0),
        (("settings", "--json"), 0),
    ):
        invoked = runner.invoke(app, words)
        assert invoked.exit_code == status, (words, invoked.output, invoked.exception)
        said.append(invoked.output)
    assert [each for each in said if "geheim" in each] == []
    listed = json.loads(said[4])
    assert listed["alerts"][0] | {"since": None} == {
        "kind": "feed failing",
        "subject": "37",
        "what": "feed 37 failed 3 times in a row (http_502)",
        "since": None,
        "state": "firing",
        "told": True,
    }
    (message,) = listed["messages"]
    assert (message["delivered"], message["waiting"], message["attempts"]) == (["1 (json)"], True, 2)
    assert "not to all yet" in said[3]
    assert "feed failing" in said[3]
    assert "NOT sent to target 2 (json)" in said[1]
    assert listener.titles == ["finews: test", "finews: test", "finews: feed failing"]


def test_wrong_requests(desk: Desk) -> None:
    ran = desk.run("alerts", "test", "--json")
    assert (ran.status, ran.json["error"]) == (2, "Request")
    ran = desk.run("alerts", "list", FINEWS_ALERTS_TO="geheim")
    assert ran.status == 2
    assert "FINEWS_ALERTS_TO" in ran.err
    assert "geheim" not in ran.err


def test_every_kind_is_in_the_manual() -> None:
    manual = (ROOT / "docs" / "OPERATIONS.md").read_text(encoding="utf-8")
    assert [kind for kind in KINDS if f"\n### {kind.capitalize()}\n" not in manual] == []
