"""Workers on several machines: three take chunks of a backfill and one is killed; polls that all missed become one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from finews.flows.local_prefect import LocalPrefect
from tests.pipeline.archive import codes_of, days_of_news, in_database, texts_asked
from tests.pipeline.desk import Desk, article
from tests.pipeline.service import processes_of
from tests.pipeline.test_prefect import asked, prefect

__all__ = ["prefect"]
pytestmark = [pytest.mark.slow, pytest.mark.prefect, pytest.mark.xdist_group("prefect")]

DAYS, A_DAY = 12, 25
WORKERS = 3


@contextmanager
def worker(desk: Desk, server: LocalPrefect, pool: str, home: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A `finews worker` with a home of its own, killed with all that it started."""
    own = {"PREFECT_HOME": str(home), "FINEWS_HOME": str(home / "data")}
    environment = desk.environment(**{**server.environment(), **own})
    home.mkdir()
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            # One flow run each, so that the one that dies has one.
            [
                *(sys.executable, "-m", "finews.flows.command_line", "worker"),
                *("--pool", pool, "--limit", "1"),
            ],
            env=environment,
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """Kills a worker and whatever it started."""
    try:
        family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        family = []
    for each in family:
        try:
            each.kill()
        except psutil.NoSuchProcess:
            continue
    process.wait(30)


def online(server: LocalPrefect, pool: str) -> int:
    """How many workers of a pool are online."""
    answer = httpx.post(f"{server.address}/work_pools/{pool}/workers/filter", json={}, timeout=30)
    return len([each for each in answer.json() if each["status"] == "ONLINE"])


def test_workers_take_chunks_and_one_may_die(desk: Desk, prefect: LocalPrefect, tmp_path: Path) -> None:
    pool = f"finews-{os.getpid()}"
    articles = days_of_news(DAYS, A_DAY)
    desk.publish(*articles)
    desk.newsroom.fault("stall", path="/NewsData/GetNewsText.do", seconds=0.4)
    ran = desk.run("deploy", "--pool", pool, "--no-schedules", "--json", **prefect.environment())
    assert ran.status == 0, ran.err
    assert "backfill-share/finews" in ran.json["deployments"]
    with ExitStack() as stack:
        workers = [
            stack.enter_context(worker(desk, prefect, pool, tmp_path / f"worker{number}"))
            for number in range(WORKERS)
        ]
        wait_until(lambda: online(prefect, pool) == WORKERS)
        with desk.start(
            "backfill", "--from", "2026-03-02", "--to", "2026-03-13", "--json", **prefect.environment()
        ) as process:
            wait_until(lambda: shares(desk) == 1 + WORKERS, process)
            end(workers[0])
            out, err = process.communicate(timeout=200)
        for number, each in enumerate(workers[1:], 1):
            each.send_signal(signal.SIGTERM)
            assert each.wait(120) == 0
            assert processes_of(tmp_path / f"worker{number}") == []
    assert process.returncode == 0, err
    assert in_database(desk) == set(codes_of(articles))
    assert desk.count("payloads") == len(articles)
    assert desk.rows("select state, processes from backfills") == [("ended", 1 + WORKERS)]
    # What was on its way when the worker died is asked for once more; nothing else is.
    assert len(texts_asked(desk)) - len(articles) <= 16
    assert desk.rows("select count(*) from events where outcome = 'new'") == [(len(articles),)]
    names = [each["name"] for each in asked(prefect, "flow_runs")]
    assert names.count("backfill 1") >= 2
    assert any(each["key"] is None and each["type"] == "progress" for each in asked(prefect, "artifacts"))
    died = desk.rows("select detail ->> 'broken' from runs where state = 'broken'")
    assert died == [("its process died",)]
    assert desk.run("reconcile").status == 0, out


def test_polls_that_were_missed_become_one(desk: Desk, prefect: LocalPrefect, tmp_path: Path) -> None:
    pool = f"finews-late-{os.getpid()}"
    desk.publish(article(1, feeds=("37",)))
    every = {"FINEWS_POLL_SECONDS": "3", **prefect.environment()}
    ran = desk.run("deploy", "--pool", pool, "--json", **every)
    assert ran.status == 0, ran.err
    try:
        wait_until(lambda: len(polls_before(prefect, datetime.now(UTC))) >= 4)
        back = datetime.now(UTC)
        # It takes one at a time, so that the server's own limit never has two of them to choose from.
        with worker(desk, prefect, pool, tmp_path / "worker"):
            wait_until(lambda: desk.rows("select count(*) from runs where state = 'ended'")[0][0] >= 1)
            missed = Counter(each["state_type"] for each in polls_before(prefect, back))
    finally:
        for each in asked(prefect, "deployments"):
            wait_until(partial(deleted, prefect, each["id"]))
    assert missed["SCHEDULED"] == 0
    assert missed["CANCELLED"] >= 3
    assert missed["RUNNING"] + missed["COMPLETED"] == 1
    rows = desk.rows("select state, detail ->> 'scheduled_for' from runs where kind = 'poll'")
    assert [state for state, at in rows if at and datetime.fromisoformat(at) < back] == ["ended"]
    assert len(texts_asked(desk)) == 1


def deleted(server: LocalPrefect, deployment: str) -> bool:
    """Whether a deployment is gone; a server whose scheduler writes just now says 503, as SQLite has one writer."""
    answer = httpx.delete(f"{server.address}/deployments/{deployment}", timeout=30)
    assert answer.status_code in (204, 404, 503), answer.text
    return answer.status_code != 503


def polls_before(server: LocalPrefect, moment: datetime) -> list[dict[str, Any]]:
    """The polls that were to begin before a moment."""
    known = httpx.get(f"{server.address}/deployments/name/poll/finews", timeout=30).raise_for_status().json()
    answer = httpx.post(
        f"{server.address}/flow_runs/filter",
        json={
            "flow_runs": {
                "deployment_id": {"any_": [known["id"]]},
                "expected_start_time": {"before_": moment.isoformat()},
            }
        },
        timeout=30,
    )
    found: list[dict[str, Any]] = answer.raise_for_status().json()
    return found


def shares(desk: Desk) -> int:
    """How many runs have chunks just now."""
    return int(desk.rows("select count(distinct run_id) from backfill_chunks where state <> 'done'")[0][0])


def wait_until(condition: Callable[[], bool], process: subprocess.Popen[str] | None = None) -> None:
    """Waits until something holds; fails where it does not in five minutes, or the process ends before."""
    # On a machine with seven times as much to do as it has processors, a flow run takes forty seconds.
    give_up = time.monotonic() + 300
    while not condition():
        assert time.monotonic() < give_up
        assert process is None or process.poll() is None, process.communicate()
        time.sleep(0.1)
