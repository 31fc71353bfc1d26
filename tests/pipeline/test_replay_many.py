"""A replay of many articles: on several processes, to the byte, within bounded memory, and however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace as evolved
from pathlib import Path

import psutil
import psycopg
import pytest

from finews.flows.normalise import normalise
from finews.flows.pipeline import Pipeline
from finews.flows.replay import replay
from finews.flows.workers import cores
from finews.newsroom import Newsroom
from finews.schema.replayable import Selection
from tests.databases import Server
from tests.pipeline.desk import Desk
from tests.pipeline.stock import listings_of, payload_of, stock, stocked_articles
from tests.pipeline.untouched import files_as_they_lie, rows_as_they_lie


@pytest.mark.slow
def test_two_thousand_on_two_processes(desk: Desk) -> None:
    stock(desk, 2000)
    before, rows, files = desk.tree(), rows_as_they_lie(desk), files_as_they_lie(desk)
    ran = desk.run("replay", "--all", "--json", FINEWS_PROCESSES="2")
    assert ran.status == 0, ran.err
    assert (ran.json["unchanged"], ran.json["articles"]) == (2000, [])
    assert (rows_as_they_lie(desk), files_as_they_lie(desk)) == (rows, files)

    desk.execute(r"update articles set title = '旧', content_hash = '\x00' where info_code like '%%7'")
    changed = desk.rows("select count(*) from articles where title = '旧'")[0][0]
    for path in desk.site.rglob("*5.md"):
        path.unlink()
    ran = desk.run("replay", "--all", "--json", FINEWS_PROCESSES="2")
    assert (ran.json["updated"], ran.json["unchanged"]) == (changed, 2000 - changed)
    assert len(ran.json["articles"]) == changed
    assert desk.tree() == before
    assert desk.run("replay", "--all", "--json", FINEWS_PROCESSES="3").json["unchanged"] == 2000


def test_a_report_names_no_more_than_fits(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("finews.flows.replay.MOST_TOLD", 10)
    stock(desk, 30)
    desk.execute(r"update articles set title = '旧', content_hash = '\x00'")
    with Pipeline(desk.settings()) as pipeline:
        report = replay(pipeline, Selection())
    assert (report.counts["updated"], len(report.results)) == (30, 10)
    assert report.note == "the first 10 are named"
    ((counts,),) = desk.rows("select counts from runs where kind = 'replay'")
    assert counts["updated"] == 30


def test_all_that_changed_is_loaded_by_all_workers(desk: Desk) -> None:
    stock(desk, 600)
    before = desk.tree()
    desk.execute(r"update articles set body = '<p>旧</p>', content_hash = '\x00'")
    ran = desk.run("replay", "--all", "--json", FINEWS_PROCESSES="3")
    assert ran.json["updated"] == 600, ran.err
    assert desk.tree() == before
    assert desk.rows("select distinct lease_run, state from links") == [(None, "done")]
    assert desk.rows("select count(*) from events where outcome = 'updated'") == [(600,)]


@contextmanager
def replaying(desk: Desk, *, held_at: str) -> Iterator[tuple[subprocess.Popen[str], list[psutil.Process]]]:
    """A replay whose two workers stand still before a locked table, in a process group of its own."""
    with psycopg.connect(desk.address) as blocker:
        blocker.execute(f"lock table {held_at} in access exclusive mode".encode())
        process = subprocess.Popen(
            [sys.executable, "-m", "finews.flows.command_line", "replay", "--all", "--json"],
            env=desk.environment(FINEWS_PROCESSES="2"),
            cwd=desk.folder,
            text=True,
            start_new_session=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        try:
            while _waiting(desk) < 2:
                assert process.poll() is None
                time.sleep(0.05)
            workers = psutil.Process(process.pid).children()
            assert len(workers) == 2
            yield process, workers
        finally:
            process.kill()
            blocker.rollback()
            process.communicate()


def _waiting(desk: Desk) -> int:
    return int(
        desk.rows(
            "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
        )[0][0]
    )


@pytest.mark.parametrize("held_at", ["media", pytest.param("securities", marks=pytest.mark.slow)])
def test_a_killed_worker_is_told(desk: Desk, held_at: str) -> None:
    """At `securities` a worker is reading; at `media` it is about to load, and has leases."""
    stock(desk, 1200)
    desk.execute(r"update articles set title = '旧', content_hash = '\x00'")
    with replaying(desk, held_at=held_at) as (process, workers):
        assert (desk.rows("select 1 from links where lease_run is not null") != []) is (held_at == "media")
        workers[0].kill()
        out, err = process.communicate(timeout=30)
    assert process.returncode == 3
    assert "A worker process ended before its work was done" in err
    assert "signal 9" in out
    assert "Traceback" not in err
    assert not any(each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in workers)
    assert desk.rows("select count(*) from links where lease_run is not null") == [(0,)]
    assert desk.rows("select state from runs order by id desc limit 1") == [("broken",)]
    assert desk.run("replay", "--all", "--json").json["updated"] == 1200


@pytest.mark.parametrize("held_at", ["media", pytest.param("securities", marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "number",
    [
        signal.SIGINT,
        *(pytest.param(each, marks=pytest.mark.slow) for each in (signal.SIGTERM, signal.SIGHUP)),
    ],
)
def test_an_interrupt_ends_all_of_it(desk: Desk, number: signal.Signals, held_at: str) -> None:
    stock(desk, 1200)
    desk.execute(r"update articles set title = '旧', content_hash = '\x00'")
    with replaying(desk, held_at=held_at) as (process, workers):
        # As a terminal does it: to the whole process group.
        os.killpg(process.pid, number)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert not any(each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in workers)
    assert desk.rows("select count(*) from links where lease_run is not null") == [(0,)]
    assert desk.rows("select state from runs order by id desc limit 1") == [("broken",)]


@pytest.mark.slow
def test_a_killed_replay_leaves_no_worker(desk: Desk) -> None:
    stock(desk, 1200)
    desk.execute(r"update articles set title = '旧', content_hash = '\x00'")
    with replaying(desk, held_at="media") as (process, workers):
        process.kill()
        process.wait()
    # The table is free again: the workers end their batch, find nobody to tell, and go.
    psutil.wait_procs(workers, timeout=30)
    assert not any(each.is_running() for each in workers)
    assert desk.run("replay", "--all", "--json").status == 0
    assert desk.rows("select count(*) from articles where title = '旧'") == [(0,)]
    assert desk.rows("select distinct lease_run from links") == [(None,)]


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_fifty_thousand(server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The tree is identical to the byte, no row is written, and ten times the articles take the same memory."""
    peaks, rate = {}, 0.0
    for number in (5_000, 50_000):
        with server.database() as address, Newsroom(articles=()) as room:
            desk = Desk(newsroom=room, address=address, folder=tmp_path / str(number))
            desk.folder.mkdir()
            stock(desk, number)
            before, rows, files = desk.tree(), rows_as_they_lie(desk), files_as_they_lie(desk)
            began = time.monotonic()
            peaks[number] = _peak_of_a_replay(desk, number)
            rate = number / (time.monotonic() - began)
            assert len(before) == number
            assert desk.tree() == before
            assert (rows_as_they_lie(desk), files_as_they_lie(desk)) == (rows, files)
    one_core = _normalised_a_second(5_000)
    ratio = {who: peaks[50_000][who] / peaks[5_000][who] for who in ("parent", "workers")}
    with capsys.disabled():
        print(
            f" [{rate:.0f} articles/s, one core normalises {one_core:.0f}/s, "
            f"{rate / (one_core * cores()):.2f} of {cores()} cores; peaks {peaks[50_000]} MiB, "
            f"of 50,000 to 5,000: {ratio['parent']:.2f} and {ratio['workers']:.2f}]",
            end="",
        )
    assert max(ratio.values()) <= 1.3


def _peak_of_a_replay(desk: Desk, number: int) -> dict[str, int]:
    """Peaks of resident memory in MiB: of the command, and of the largest of its workers."""
    process = desk.start("replay", "--all", "--json", FINEWS_PROCESSES=str(max(2, cores())))
    peaks = {"parent": 0, "workers": 0}
    workers: set[int] = set()
    while process.poll() is None:
        # A peak never falls: looking now and then misses little, and takes little of the cores.
        if len(workers) < 2:
            workers = {each.pid for each in psutil.Process(process.pid).children()}
        peaks["parent"] = max(peaks["parent"], _peak(process.pid))
        peaks["workers"] = max(peaks["workers"], *map(_peak, workers), 0)
        time.sleep(0.1)
    out, err = process.communicate()
    assert process.returncode == 0, err
    assert f'"unchanged": {number}' in out
    return peaks


def _peak(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) // 1024
    except (FileNotFoundError, ProcessLookupError):
        pass
    return 0


def _normalised_a_second(number: int) -> float:
    """What one core would do if there were nothing else to be done."""
    given = [(evolved(payload_of(each), id=1), listings_of(each)) for each in stocked_articles(number)]
    began = time.process_time()
    for payload, listings in given:
        normalise(payload, listings=listings)
    return number / (time.process_time() - began)
