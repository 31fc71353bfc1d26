"""What a run says is kept for its page: with its end, now and then before, bounded, and never in the work's way."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from finews.flows import run_log
from finews.flows.pipeline import Pipeline
from finews.flows.progress import Silent
from finews.flows.run_log import RunLog
from finews.schema.database import Database
from finews.schema.errors import RequestError
from finews.schema.run_lines import FIRST, NEWEST
from tests.pipeline.desk import Desk, article


@pytest.fixture
def pipeline(desk: Desk) -> Iterator[Pipeline]:
    """An open pipeline without a crawl."""
    with Pipeline(desk.settings()) as opened:
        yield opened


def kept(desk: Desk) -> list[tuple[int, str, str]]:
    """(number, level, line) of the newest run."""
    return [
        (number, level, line)
        for number, level, line in desk.rows(
            "select number, level, line from run_lines where run_id = (select max(id) from runs) order by number"
        )
    ]


def test_a_poll_has_said_what_it_did(desk: Desk) -> None:
    desk.publish(article(1, feeds=("37",)), article(2, feeds=("37",)))
    desk.poll()
    lines = [line for _, _, line in kept(desk)]
    assert lines[0] == "reading feeds"
    assert any("2 articles" in line for line in lines)
    assert any("2 of 2" in line for line in lines)


def test_lines_and_warnings_of_a_run_and_of_no_other(desk: Desk, pipeline: Pipeline) -> None:
    pipeline.progress.say("before any run")
    with pipeline.run("retry", "test"):
        pipeline.progress.say("a line with a NUL \0 and half a character \ud800")
        logging.getLogger("finews.somewhere").warning("%s is odd", "this")
        logging.getLogger("finews.somewhere").info("no warning")
        logging.getLogger("psycopg.pool").error("told by the error that it ends in")
    logging.getLogger("finews.somewhere").warning("after the run")
    pipeline.progress.say("after the run")
    assert kept(desk) == [
        (1, "info", "a line with a NUL  and half a character ?"),
        (2, "warning", "finews.somewhere: this is odd"),
    ]
    with pipeline.run("retry", "another"):
        pipeline.progress.say("its own")
    assert kept(desk) == [(1, "info", "its own")]


def test_a_run_that_breaks_keeps_what_it_said(desk: Desk, pipeline: Pipeline) -> None:
    def work() -> None:
        with pipeline.run("retry", "test"):
            pipeline.progress.begin("mending", 3)
            raise RequestError("no")

    with pytest.raises(RequestError):
        work()
    assert kept(desk) == [(1, "info", "mending: 3 articles")]
    assert desk.rows("select state from runs") == [("broken",)]


def test_long_runs_are_read_while_they_run_and_keep_both_ends(
    desk: Desk, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_log, "_BETWEEN_WRITES", 0.0)
    with pipeline.run("retry", "test"):
        pipeline.progress.begin("first", None)
        assert [line for _, _, line in kept(desk)] == ["first"]
        for number in range(2, FIRST + NEWEST + 300):
            pipeline.progress.say(f"line {number}")
            if number % 100 == 0:
                pipeline.progress.begin(f"stage {number}", None)
    lines = kept(desk)
    assert len(lines) == FIRST + NEWEST
    assert [number for number, _, _ in lines[: FIRST + 1]][-2:] == [FIRST, lines[-1][0] - NEWEST + 1]
    assert lines[-1][2] == f"line {FIRST + NEWEST + 299}"


def test_a_database_that_is_away_is_not_waited_for(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_log, "_BETWEEN_WRITES", 0.0)
    with (
        Database(desk.settings()) as database,
        database.living_run("retry", reason="test", flow_run=None) as run,
    ):
        log = RunLog(Silent(), database)
        with log.kept_for(run):
            log.begin("before", None)
            database._close_pool()
            log.begin("while it is away", 2)
            log.advance(2)
            database.come_back(5)
            log.begin("after", None)
    assert [line for _, _, line in kept(desk)][:2] == ["before", "while it is away: 2 articles"]
    assert kept(desk)[-1][2] == "after"


def test_old_lines_are_let_go_when_a_run_ends(desk: Desk, pipeline: Pipeline) -> None:
    with pipeline.run("retry", "old"):
        pipeline.progress.say("long ago")
    desk.execute("update run_lines set at = now() - interval '91 days'")
    with pipeline.run("retry", "new"):
        pipeline.progress.say("now")
    assert desk.rows("select line from run_lines") == [("now",)]
