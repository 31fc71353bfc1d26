"""A backfill over Prefect workers: real workers of a real pool take chunks, also when one of them is killed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from finews.flows.local_prefect import LocalPrefect
from tests.pipeline.archive import codes_of, days_of_news, in_database, texts_asked
from tests.pipeline.desk import Desk
from tests.pipeline.test_prefect import asked, prefect

__all__ = ["prefect"]
pytestmark = [pytest.mark.slow, pytest.mark.prefect, pytest.mark.xdist_group("prefect")]

DAYS, A_DAY = 12, 25


@contextmanager
def worker(desk: Desk, server: LocalPrefect, pool: str, home: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A Prefect worker with a home of its own, ended with all that it started."""
    own = {"PREFECT_HOME": str(home), "FINEWS_HOME": str(home / "data")}
    environment = desk.environment(**{**server.environment(), **own})
    home.mkdir()
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            # One flow run each, so that the one that dies has one.
            [
                *(sys.executable, "-m", "prefect", "worker", "start"),
                *("--pool", pool, "--type", "process", "--limit", "1"),
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
    ran = desk.run("deploy", "--pool", pool, "--json", **prefect.environment())
    assert ran.status == 0, ran.err
    assert "backfill-share/finews" in ran.json["deployments"]
    with ExitStack() as stack:
        workers = [
            stack.enter_context(worker(desk, prefect, pool, tmp_path / f"worker{number}"))
            for number in range(2)
        ]
        wait_until(lambda: online(prefect, pool) == 2)
        with desk.start(
            "backfill", "--from", "2026-03-02", "--to", "2026-03-13", "--json", **prefect.environment()
        ) as process:
            wait_until(
                lambda: desk.rows("select count(*) from runs where kind = 'backfill'")[0][0] == 3, process
            )
            wait_until(lambda: shares(desk) == 3, process)
            end(workers[0])
            out, err = process.communicate(timeout=200)
    assert process.returncode == 0, err
    assert in_database(desk) == set(codes_of(articles))
    assert desk.count("payloads") == len(articles)
    assert desk.rows("select state, processes from backfills") == [("ended", 3)]
    # What was on its way when the worker died is asked for once more; nothing else is.
    assert len(texts_asked(desk)) - len(articles) <= 16
    assert desk.rows("select count(*) from events where outcome = 'new'") == [(len(articles),)]
    names = [each["name"] for each in asked(prefect, "flow_runs")]
    assert names.count("backfill 1") >= 2
    assert any(each["key"] is None and each["type"] == "progress" for each in asked(prefect, "artifacts"))
    died = desk.rows("select detail ->> 'broken' from runs where state = 'broken'")
    assert died == [("its process died",)]
    assert desk.run("reconcile").status == 0, out


def shares(desk: Desk) -> int:
    """How many runs have chunks just now."""
    return int(desk.rows("select count(distinct run_id) from backfill_chunks where state <> 'done'")[0][0])


def wait_until(condition: Callable[[], bool], process: subprocess.Popen[str] | None = None) -> None:
    """Waits until something holds; fails where it does not in two minutes, or the process ends before."""
    give_up = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < give_up
        assert process is None or process.poll() is None, process.communicate()
        time.sleep(0.1)
