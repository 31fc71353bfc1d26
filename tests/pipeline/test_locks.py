"""Locks that somebody else holds for long: the run waits, and no article fails, is lost or asked for twice."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from finews.newsroom import Newsroom
from tests.databases import Server
from tests.pipeline.desk import Desk, article

ARTICLES = 60
CODES = [article(number).info_code for number in range(1, ARTICLES + 1)]
LOCKS = {
    "table of links": "lock table links in access exclusive mode",
    "table of articles": "lock table articles in access exclusive mode",
    "table of events": "lock table events in share row exclusive mode",
    "one link": f"select from links where info_code = '{CODES[30]}' for update",
    "one article": f"select from articles where info_code = '{CODES[30]}' for update",
}
"""What is locked → the statement that locks it."""


@pytest.mark.parametrize("seconds", [1, pytest.param(30, marks=pytest.mark.slow)])
def test_a_run_waits_for_locks(server: Server, tmp_path: Path, seconds: float) -> None:
    with ExitStack() as stack:
        desks = []
        for name in LOCKS:
            # Each on a newsroom of its own: its requests are counted.
            room = stack.enter_context(Newsroom(articles=()))
            folder = tmp_path / name.replace(" ", "-")
            folder.mkdir()
            desks.append(Desk(newsroom=room, address=stack.enter_context(server.database()), folder=folder))
        with ThreadPoolExecutor(len(LOCKS)) as pool:
            done = [
                pool.submit(work_under_lock, desk, lock, seconds)
                for desk, lock in zip(desks, LOCKS.values(), strict=True)
            ]
        for name, each in zip(LOCKS, done, strict=True):
            assert each.result(), f"{name}: the run did not wait"


def work_under_lock(desk: Desk, lock: str, seconds: float) -> bool:
    """Edits known articles, has them asked for again under a lock; tells whether the run outlasted the lock."""
    desk.publish(*(article(number) for number in range(1, ARTICLES + 1)))
    desk.ingest(*CODES)
    for code in CODES:
        desk.newsroom.edit(code, body="<p>改过的正文，公告内容已经更正。</p>")
    desk.newsroom.forget_requests()
    desk.newsroom.fault("stall", path="text", seconds=0.2)
    with psycopg.connect(desk.address) as other, desk.start("ingest", *CODES, "--json") as process:
        if "links" not in lock:
            while desk.newsroom.count("text") < 10:
                assert process.poll() is None
                time.sleep(0.02)
        other.execute(lock.encode())
        time.sleep(seconds)
        waited = process.poll() is None
        leases = other.execute("select count(*) from runs where state = 'broken'").fetchone()
        other.rollback()
        out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert json.loads(out)["updated"] == ARTICLES, out
    assert leases == (0,)
    assert desk.newsroom.count("text") == ARTICLES, "an article was asked for twice"
    assert desk.rows("select count(*) from revisions") == [(ARTICLES,)]
    assert desk.rows("select distinct state, lease_token from links") == [("done", None)]
    assert desk.rows("select outcome, count(*) from events where stage = 'load' group by 1 order by 1") == [
        ("new", ARTICLES),
        ("updated", ARTICLES),
    ]
    return waited
