"""Thousands of articles in one call, within the memory that the project promises, and a bar on a terminal."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from finews.newsroom import NewsroomProcess
from tests.databases import Server
from tests.pipeline.desk import ROOT, Desk, article
from tests.pipeline.terminal import on_a_terminal

MOST_MEBIBYTES = 400


@pytest.mark.parametrize("articles", [800, pytest.param(5000, marks=pytest.mark.slow)])
def test_thousands_of_articles_in_one_call(server: Server, tmp_path: Path, articles: int) -> None:
    with server.database() as address, NewsroomProcess(articles=articles * 4 // 3, samples=False) as room:
        codes = [each.info_code for each in room.articles if each.medianame][:articles]
        assert len(codes) == articles
        (tmp_path / "links.txt").write_text("\n".join(codes), encoding="utf-8")
        environment = os.environ | {
            "PYTHONPATH": str(ROOT),
            "FINEWS_HOME": str(tmp_path),
            "FINEWS_DATABASE_URL": address,
            "FINEWS_SOURCES": ",".join(room.bases),
        }
        command = [sys.executable, "-m", "finews.flows.command_line", "backfill", "--file", "links.txt"]
        process = subprocess.Popen(command, env=environment, cwd=tmp_path, stdout=subprocess.DEVNULL)
        peak = 0
        while process.poll() is None:
            peak = max(peak, *(_mebibytes(each) for each in _family(process.pid)), 0)
            time.sleep(0.1)
        assert process.returncode == 0
        assert len(list((tmp_path / "site" / "_posts").iterdir())) == articles
        assert 0 < peak < MOST_MEBIBYTES
        # Each was asked for once: the rest are robots.txt, one for each crawl process and mirror.
        assert room.count("text") == articles


def test_a_terminal_gets_a_bar_and_a_pipe_gets_lines(desk: Desk) -> None:
    desk.publish(*(article(number) for number in range(1, 31)))
    codes = [article(number).info_code for number in range(1, 31)]
    ran = desk.run("ingest", *codes)
    assert "fetching: 30 articles\nfetching: 30 of 30, " in ran.err
    assert "\x1b[" not in ran.err + ran.out
    shown, _ = on_a_terminal(desk, "ingest", *codes)
    assert "30 of 30" in shown
    assert "━" in shown


def _family(pid: int) -> list[psutil.Process]:
    try:
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _mebibytes(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss) // 2**20
    except psutil.NoSuchProcess:
        return 0
