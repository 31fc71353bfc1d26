"""A database that is away: told once by what a file remembers, and its return; and the console's pages in messages."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from finews.flows.alert_away import absence, tell_away, tell_back
from finews.flows.alert_conditions import KINDS, QUARANTINE_RISING
from finews.flows.alert_message import PAGES, trouble
from finews.flows.alert_rounds import checked_beside
from finews.flows.local_prefect import free_port
from finews.schema.alert_records import Alert
from finews.schema.errors import DatabaseUnreachableError
from tests.pipeline.desk import Desk
from tests.pipeline.listener import Listener, listening
from tests.pipeline.service import wait_until

AT_ONCE = {"FINEWS_ALERTS_HOLD": "0", "FINEWS_ALERTS_WELL": "0", "FINEWS_ALERTS_DISK": "0"}
NIGHT = datetime(2026, 3, 11, tzinfo=UTC)
FILE = "alerts-database.json"


@pytest.fixture
def listener() -> Iterator[Listener]:
    """Somebody who is told."""
    with listening() as somebody:
        yield somebody


def test_a_database_that_is_away_is_told_once_and_its_return(desk: Desk, listener: Listener) -> None:
    """The real command, as cron starts it: away twice, back twice."""
    given = {**AT_ONCE, "FINEWS_ALERTS_TO": listener.address}
    away = {**given, "FINEWS_DATABASE_URL": f"postgresql://desk:geheimwort@127.0.0.1:{free_port()}/x"}
    first, second = (desk.run("alerts", "check", "--json", **away) for _ in range(2))
    assert (first.status, second.status) == (3, 3), first.err
    assert (first.json["error"], len(first.json["sent"]), second.json["sent"]) == (
        "DatabaseUnreachable",
        1,
        [],
    )
    (message,) = listener.messages
    assert message["title"] == "finews: database away"
    assert "127.0.0.1" in message["message"]
    assert "First: start the database's server" in message["message"]
    told = first.out + first.err + json.dumps(listener.messages) + (desk.folder / FILE).read_text()
    assert "geheim" not in told
    ran = desk.run("alerts", "check", **given)
    assert (ran.status, listener.titles[1:]) == (0, ["finews: all clear"]), ran.err
    assert desk.run("alerts", "check", "--json", **given).json["sent"] == []
    assert len(listener.messages) == 2


def test_the_scheduled_check_tells_it_too_and_fails(
    desk: Desk, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    from finews.flows.prefect_upkeep import alerts_flow

    there = {**AT_ONCE, "FINEWS_HOME": str(desk.folder), "FINEWS_ALERTS_TO": listener.address}
    for name, value in there.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("FINEWS_DATABASE_URL", f"postgresql://127.0.0.1:{free_port()}/x")
    for _ in range(2):
        with pytest.raises(DatabaseUnreachableError):
            alerts_flow.fn()
    monkeypatch.setenv("FINEWS_DATABASE_URL", desk.address)
    assert alerts_flow.fn()["sent"][0]["title"] == "finews: all clear"
    assert listener.titles == ["finews: database away", "finews: all clear"]


def test_figures_are_served_and_all_is_watched_without_prefect(desk: Desk, listener: Listener) -> None:
    desk.execute(
        "insert into feeds (name, failures, last_error, next_poll) values ('37', 3, 'http_502', now() + '1 min')"
    )
    given = {**AT_ONCE, "FINEWS_ALERTS_TO": listener.address}
    with desk.start("metrics", "--alerts", "--port", "0", **given) as process:
        assert process.stderr is not None
        said = [process.stderr.readline() for _ in range(2)]
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    assert said[0] == "finews: feed failing: sent to 1 (json)\n"
    assert "/metrics" in said[1]
    # Without a database there is nothing to serve: that is told before it ends, for whoever starts it again.
    away = {**given, "FINEWS_DATABASE_URL": f"postgresql://127.0.0.1:{free_port()}/x"}
    assert desk.run("metrics", "--alerts", "--port", "0", **away).status == 3
    assert listener.titles == ["finews: feed failing", "finews: database away"]
    with checked_beside(desk.settings(alerts_to=listener.address, alerts_well=0), print, every=0.05):
        wait_until(lambda: listener.titles[2:] == ["finews: all clear"])


def test_a_database_that_comes_and_goes_is_told_with_patience(desk: Desk, listener: Listener) -> None:
    settings = desk.settings(alerts_to=listener.address)

    def pass_by(begin: int, end: int, *, there: bool) -> None:
        for minute in range(begin, end):
            now = NIGHT + timedelta(minutes=minute)
            if there:
                tell_back(settings, now=now)
            else:
                tell_away(settings, DatabaseUnreachableError("postgresql://db (refused)"), now=now)

    # A restart is nothing to wake anybody for, and leaves nothing.
    pass_by(0, 4, there=False)
    pass_by(4, 5, there=True)
    assert listener.messages == []
    assert not (desk.folder / FILE).exists()
    pass_by(10, 15, there=False)
    assert listener.messages == []
    assert [each.firing for each in absence(settings)] == [False]
    pass_by(15, 120, there=False)
    pass_by(120, 130, there=True)
    pass_by(130, 140, there=False)
    assert listener.titles == ["finews: database away"]
    pass_by(140, 156, there=True)
    assert listener.titles == ["finews: database away", "finews: all clear"]
    assert "from 2026-03-11" in listener.messages[1]["message"]
    # That it was away is forgotten in the end.
    pass_by(700, 701, there=True)
    assert not (desk.folder / FILE).exists()


def test_what_a_target_did_not_take_is_kept_in_the_file(desk: Desk, listener: Listener) -> None:
    now = [NIGHT + timedelta(minutes=minute) for minute in range(9)]
    error = DatabaseUnreachableError("postgresql://db (refused)")
    with listening() as other:
        settings = desk.settings(
            alerts_to=f"{listener.address}, {other.address}", alerts_hold=0, alerts_well=0
        )
        other.refusing = True
        _, sent = tell_away(settings, error, now=now[0])
        assert [each.error is None for each in sent] == [True, False]
        tell_back(settings, now=now[1])
        assert other.messages == []
        other.refusing = False
        tell_back(settings, now=now[2])
        assert listener.titles == other.titles == ["finews: database away", "finews: all clear"]
        assert tell_back(settings, now=now[3]) == ((), [])
        # A file that somebody spoiled is no reason to keep silent, a folder that cannot be written is.
        (desk.folder / FILE).write_text("{")
        assert len(tell_away(settings, error, now=now[4])[1]) == 2
        (desk.folder / "occupied").touch()
        nowhere = desk.settings(
            alerts_to=listener.address, alerts_hold=0, home=desk.folder / "occupied" / "home"
        )
        assert tell_away(nowhere, error, now=now[5]) == ((), [])


def test_messages_name_the_page_of_the_console_that_helps(desk: Desk) -> None:
    alert = Alert(kind=QUARANTINE_RISING, subject="", what="20 articles", fired_at=NIGHT)
    for given, page in (
        ("https://desk.example/console/", "https://desk.example/console/quarantine"),
        ("", ""),
    ):
        settings = desk.settings(ui_address=given)
        said = trouble([alert], now=NIGHT, first=True, page=settings.console_page).body
        assert said.endswith(f"  Console: {page}" if page else "reads it again.")
    assert set(PAGES) <= set(KINDS)
    ran = desk.run("settings", FINEWS_UI_ADDRESS="http://me:word@desk.example")
    assert (ran.status, "word" in ran.err.replace("password", "")) == (2, False)
