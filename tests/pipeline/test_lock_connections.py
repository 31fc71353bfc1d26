"""The connections of locks stay open from one lock to the next: a lock ends with its use, and with its process."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from finews.flows.pipeline import Pipeline
from finews.flows.retry import retry_due
from finews.schema.database import Database
from finews.schema.errors import RequestError
from tests.pipeline.desk import ROOT, Desk

HOLDER = """
import sys, time
from finews.schema.database import Database
from finews.schema.settings import Settings
with Database(Settings.load()) as database:
    for _ in range(3):
        with database.slot("poll"), database.living_run("poll", reason="test", flow_run=None) as run:
            pass
    with database.slot("poll") as ours, database.living_run("poll", reason="test", flow_run=None) as run:
        print(ours, run, flush=True)
        time.sleep(600)
"""


@pytest.fixture
def database(desk: Desk) -> Iterator[Database]:
    """An open database."""
    with Database(desk.settings()) as opened:
        yield opened


def holders(desk: Desk) -> list[int]:
    """The sessions that hold advisory locks in this database."""
    rows = desk.rows(
        """
        select pid from pg_locks where locktype = 'advisory' and granted
          and database = (select oid from pg_database where datname = current_database()) order by pid
        """
    )
    return [pid for (pid,) in rows]


def end(desk: Desk, *pids: int) -> None:
    """Ends these sessions, and waits for that."""
    for pid in pids:
        desk.rows("select pg_terminate_backend(%s, 10000)", [pid])


def test_a_lock_ends_with_its_use_and_its_connection_is_used_again(desk: Desk, database: Database) -> None:
    seen = set()
    for _ in range(3):
        with database.slot("poll") as ours:
            assert ours
            seen.update(holders(desk))
        assert holders(desk) == []
    assert len(seen) == 1


def test_a_lock_ends_with_an_error(desk: Desk, database: Database) -> None:
    def fail() -> None:
        with database.slot("poll"), database.living_run("poll", reason="test", flow_run=None):
            assert len(holders(desk)) == 2
            raise RequestError("no")

    for _ in range(2):
        with pytest.raises(RequestError):
            fail()
        assert holders(desk) == []
    with Database(desk.settings()) as other, other.slot("poll") as ours:
        assert ours


def test_a_slot_is_no_less_taken_for_those_who_share_the_database(database: Database) -> None:
    with database.slot("poll") as ours, database.slot("poll") as again, database.slot("search") as another:
        assert (ours, again, another) == (True, False, True)
        with database.slot("search") as once_more:
            assert not once_more
    with database.slot("poll") as ours:
        assert ours


def test_no_more_connections_are_kept_than_a_run_needs(desk: Desk, database: Database) -> None:
    with database.slot("a"), database.slot("b"), database.slot("c"), database.slot("d"):
        assert len(holders(desk)) == 4
    assert len(database._lock_connections._idle) == 2
    kept = list(database._lock_connections._idle)
    with database.slot("a"), database.slot("b"):
        assert not database._lock_connections._idle
    database.__exit__(None, None, None)
    assert all(each.closed for each in kept)


def test_a_kept_connection_that_the_server_has_ended_is_replaced(desk: Desk, database: Database) -> None:
    for _ in range(2):
        with database.slot("poll"):
            ended = holders(desk)
        end(desk, *ended)
        with database.slot("poll") as ours:
            assert ours
            assert holders(desk)
            assert holders(desk) != ended


def test_one_that_is_lost_unheard_is_replaced(
    desk: Desk, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As where the network is what failed: nobody has told.
    monkeypatch.setattr("finews.schema.session_lock._has_been_told", lambda _: False)
    with (
        database.slot("poll"),
        database.living_run("poll", reason="test", flow_run=None),
    ):
        ended = holders(desk)
    end(desk, *ended)
    with (
        database.slot("poll") as ours,
        database.living_run("poll", reason="test", flow_run=None) as run,
    ):
        assert ours
        assert len(holders(desk)) == 2
        assert desk.rows("select max(id) from runs") == [(run,)]


def test_one_that_is_lost_in_use_is_not_kept(desk: Desk, database: Database) -> None:
    with database.slot("poll"):
        end(desk, *holders(desk))
    assert not database._lock_connections._idle
    with database.slot("poll") as ours:
        assert ours


def test_runs_after_lost_connections_have_their_locks(desk: Desk) -> None:
    with Pipeline(desk.settings()) as pipeline:
        for _ in range(3):
            with pipeline.run("retry", "test") as run:
                ended = holders(desk)
                assert len(ended) == 1
                end(desk, *ended)
                assert desk.rows("select count(*) from runs where state = 'running'") == [(1,)]
                pipeline.database.keep_locks()
                assert len(holders(desk)) == 1
                assert holders(desk) != ended
                assert desk.rows("select state from runs where id = %s", [run.number]) == [("running",)]
            assert holders(desk) == []


def test_what_a_killed_process_held_is_free_at_once(desk: Desk, database: Database) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER], env=desk.environment(), cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        ours, run = holder.stdout.readline().split()
        assert ours == "True"
        with database.slot("poll") as taken:
            assert not taken
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    until = time.monotonic() + 5
    while holders(desk) and time.monotonic() < until:
        time.sleep(0.01)
    with database.slot("poll") as taken:
        assert taken
    with Pipeline(desk.settings(), crawling=1) as pipeline:
        retry_due(pipeline)
    assert desk.rows("select state from runs where id = %s", [int(run)]) == [("broken",)]
