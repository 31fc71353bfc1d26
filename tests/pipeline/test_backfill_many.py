"""A range of 10,000 articles, interrupted five times in five ways: complete at its end, each article fetched once."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from finews.flows.backfills import pause
from finews.newsroom import Newsroom
from finews.schema.database import Database
from tests.databases import Server
from tests.pipeline.archive import codes_of, days_of_news, in_database
from tests.pipeline.desk import Desk

DAYS, A_DAY = 10, 1000
WHERE = ("backfill", "--from", "2026-03-02", "--to", "2026-03-11")
INTERRUPTIONS = ("SIGINT", "SIGTERM", "pause", "SIGTERM", "SIGINT")


@pytest.mark.slow
def test_ten_thousand_interrupted_five_times(server: Server, tmp_path: Path) -> None:
    articles = days_of_news(DAYS, A_DAY)
    with Newsroom(articles) as room, server.database() as address:
        desk = Desk(newsroom=room, address=address, folder=tmp_path)
        for place, how in enumerate(INTERRUPTIONS):
            with started(desk) as process:
                while desk.count("articles") < 1500 * (place + 1):
                    assert process.poll() is None, process.communicate()
                    time.sleep(0.05)
                if how == "pause":
                    with Database(desk.settings()) as database:
                        pause(database, 1)
                else:
                    process.send_signal(getattr(signal, how))
                process.communicate(timeout=120)
            assert process.returncode == (0 if how == "pause" else 130)
        ran = desk.run(*WHERE, "--json")
        assert ran.status == 0, ran.err
        assert desk.rows("select id, state from backfills") == [(1, "ended")]

        codes = codes_of(articles)
        assert in_database(desk) == set(codes)
        asked = Counter(each.info_code for each in room.requests if each.kind == "text")
        assert asked == Counter(codes)
        assert desk.count("payloads") == len(codes)
        assert desk.rows("select count(*), count(distinct info_code) from events where outcome = 'new'") == [
            (len(codes), len(codes))
        ]
        assert desk.rows("select count(*) from revisions") == [(0,)]
        assert len([path for path in desk.tree() if "/.finews-" not in path]) == len(codes)
        assert desk.run("reconcile").status == 0


def started(desk: Desk) -> subprocess.Popen[str]:
    """The command under way."""
    return subprocess.Popen(
        [sys.executable, "-m", "finews.flows.command_line", *WHERE],
        env=desk.environment(),
        cwd=desk.folder,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
