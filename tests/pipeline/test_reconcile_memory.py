"""Reconciling any number of rows takes the memory of one batch, in the command and in what it keeps."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from finews.flows.pipeline import Pipeline
from finews.flows.reconcile import reconcile
from finews.newsroom import Newsroom
from tests.databases import Server
from tests.pipeline.desk import Desk

_RECONCILE = """
import resource, sys
from finews.flows.command_line import main
sys.argv = ["finews", "reconcile", "--json"]
try:
    main()
finally:
    print("peak", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
"""
"""The command in a process of its own, which says what it took at most."""


def fill(desk: Desk, number: int) -> None:
    """`number` rows over three years, every tenth with the text of another, listed by feed and search; no post."""
    desk.execute("insert into runs (kind, host, pid, state) values ('stock', 'h', 1, 'ended')")
    desk.execute(
        """
        insert into links (info_code, state)
        select concat('NW', to_char(date '2023-01-01' + i %% 1000, 'YYYYMMDD'), lpad(i::text, 10, '0')),
               case when i %% 50 = 0 then 'failed' when i %% 100 = 1 then 'gone' else 'done' end
        from generate_series(1, %s) as i
        """,
        [number],
    )
    desk.execute(
        r"""
        insert into payloads (info_code, part, url, status, content_type, fetched_at, last_seen_at, run_id, hash,
                              size, codec, body)
        select info_code, 'text', 'http://mirror.example/', 200, 'application/json', now(), now(), 1, '\x01', 0,
               'zlib', '\x78' from links where state = 'done'
        """
    )
    desk.execute(
        r"""
        insert into articles (info_code, rolling, path, category, media, title, moment, body, digest, link,
                              content_hash, normaliser, payload_id, first_run, published_revision, text_hash)
        select info_code, false, concat('_posts/', substr(info_code, 3, 4), '-', substr(info_code, 7, 2), '-',
                                        substr(info_code, 9, 2), '-', info_code, '.md'),
               'yangbencaijingbao', '样本财经报', concat('第', id, '条消息'),
               (substr(info_code, 3, 8)::date + interval '9 hours') at time zone interval '8 hours',
               concat('<p>样本公司今日发布第', id, '号公告，称生产经营一切正常。</p>'), '', '', '\x01', 1, id, 1, 1,
               decode(md5((case when id %% 10 = 0 then id %% 1000 else id end)::text), 'hex') from payloads
        """
    )
    desk.execute(
        """
        insert into sightings (info_code, feed, run_id, title, media, digest, url)
        select info_code, '37', 1, '', '', '', '' from links
        """
    )
    desk.execute(
        """
        insert into listings (info_code, feed, day, title, media, digest, url)
        select info_code, 'search', substr(info_code, 3, 8)::date, '', '', '', '' from links
        """
    )


def test_four_times_the_rows_take_the_same_memory(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each row without its post, and each file without its row: the lists are as long as they may be."""
    monkeypatch.setattr("finews.flows.reconcile.MOST_TOLD", 100)
    peaks = {}
    for number in (1_500, 6_000):
        with server.database() as address, Newsroom(articles=()) as room:
            desk = Desk(newsroom=room, address=address, folder=tmp_path / str(number))
            fill(desk, number)
            (desk.site / "_posts").mkdir(parents=True)
            for each in range(number):
                (desk.site / f"_posts/2023-01-01-NW20990101{each:010d}.md").touch()
            with Pipeline(desk.settings()) as pipeline:
                # The lower of two: what other threads of this process do meanwhile is counted, too.
                tries = []
                for _ in range(2):
                    tracemalloc.start()
                    found = reconcile(pipeline.database, pipeline.settings)
                    tries.append(tracemalloc.get_traced_memory()[1])
                    tracemalloc.stop()
                peaks[number] = min(tries)
        assert found.counts["missing_posts"] == found.rows == number * 97 // 100
        assert found.counts["orphan_posts"] == number
        assert len(found.missing_posts) == len(found.orphan_posts) == 100
    assert peaks[6_000] <= 1.15 * peaks[1_500], peaks


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_million_rows(server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command takes no more memory for a million rows than for ten thousand, and minutes."""
    peaks, seconds = {}, {}
    for number in (10_000, 1_000_000):
        with server.database() as address, Newsroom(articles=()) as room:
            desk = Desk(newsroom=room, address=address, folder=tmp_path / str(number))
            desk.folder.mkdir()
            fill(desk, number)
            told, seconds[number], peaks[number] = _reconciled(desk)
        assert told["rows"] == told["counts"]["missing_posts"] == number * 97 // 100
        assert told["counts"]["listed"] == number
        assert told["counts"]["waiting"] == number // 50
        assert len(told["days"]) == 1000
        assert len(told["missing_posts"]) == 1000
    with capsys.disabled():
        print(
            f" [{seconds[1_000_000]:.0f} s; peak {peaks[1_000_000] // 1024} MiB, "
            f"of ten thousand rows {peaks[10_000] // 1024} MiB]",
            end="",
        )
    assert peaks[1_000_000] <= 1.15 * peaks[10_000], peaks


def _reconciled(desk: Desk) -> tuple[Any, float, int]:
    """What the command tells, the seconds that it takes, and its peak of memory in KiB."""
    began = time.monotonic()
    ran = subprocess.run(
        [sys.executable, "-c", _RECONCILE],
        env=desk.environment(),
        cwd=desk.folder,
        text=True,
        capture_output=True,
        timeout=1500,
        check=False,
    )
    peak = re.search(r"^peak (\d+)$", ran.stderr, re.MULTILINE)
    assert ran.returncode == 1, ran.stderr
    assert peak, ran.stderr
    return json.loads(ran.stdout), time.monotonic() - began, int(peak[1])
