"""The soak itself, very short: its report and exit status, and that it sees what is wrong."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.pipeline.desk import ROOT
from tests.soak.author import HARD, Story
from tests.soak.report import rendered
from tests.soak.soak import Plan, Soak
from tests.soak.truth import compared


def test_a_short_soak_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    soak = Soak(Plan(seconds=9, seed=1, rate=6))
    asked: list[tuple[str, Path, dict[str, Story]]] = []

    def also_spoilt(address: str, site: Path, stories: dict[str, Story], *, deaths: int) -> object:
        found = compared(address, site, stories, deaths=deaths)
        asked.append((address, site, stories))
        spoilt.append(_complaints_after_damage(address, site, stories))
        return found

    spoilt: list[list[str]] = []
    monkeypatch.setattr("tests.soak.soak.compared", also_spoilt)
    soaked = soak.run()
    report = rendered(soaked)
    limits = {words for each in soaked.verdicts for words in each.broken}
    assert set(soaked.complaints) <= limits, report
    assert "too short a soak" in report
    assert {each.name for each in soaked.verdicts} == {"worker", "its crawl", "newsroom", "PostgreSQL"}
    assert len(soaked.stories) > 30
    assert len({each.kind for each in soaked.stories.values()} & set(HARD)) >= 4
    assert soaked.edits == soaked.found.revisions > 0
    assert soaked.weather
    assert soaked.done["poll"] > 5
    assert soaked.requests > len(soaked.stories)
    (complaints,) = spoilt
    for words in (
        "has no row",
        "has the title 'another title'",
        "told as new more than once",
        "is a run that never ended",
        "is still leased",
        "is a temporary file",
        "posts of",
    ):
        assert any(words in each for each in complaints), (words, complaints)


def _complaints_after_damage(address: str, site: Path, stories: dict[str, Story]) -> list[str]:
    """What the comparison says once things are wrong that must never be."""
    with psycopg.connect(address) as connection:
        codes = [
            code
            for (code,) in connection.execute("select info_code from articles order by 1 limit 4").fetchall()
        ]
        connection.execute("delete from articles where info_code = %s", [codes[0]])
        connection.execute("update articles set title = 'another title' where info_code = %s", [codes[1]])
        connection.execute(
            "insert into events (info_code, run_id, stage, outcome) select info_code, run_id, stage, outcome "
            "from events where info_code = %s and outcome = 'new'",
            [codes[2]],
        )
        connection.execute("update links set lease_token = 1 where info_code = %s", [codes[3]])
        connection.execute("insert into runs (kind, host, pid) values ('poll', 'h', 1)")
    (site / "_posts" / ".finews-00000000-1-x.md").touch()
    return compared(address, site, stories, deaths=0).wrong


def test_ctrl_c_ends_it_with_the_report_so_far() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.soak", "--minutes", "5"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        assert process.stderr is not None
        assert process.stdout is not None
        while "under way" not in (line := process.stderr.readline()):
            assert line, "it ended by itself"
        process.send_signal(signal.SIGINT)
        report = process.stdout.read()
    assert process.returncode == 130
    assert ", interrupted" in report
    assert "Published" in report
