"""The soak itself, very short: its report and exit status, and that it sees what is wrong."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.pipeline.desk import ROOT
from tests.soak.__main__ import main
from tests.soak.author import HARD, Story
from tests.soak.gauge import Sample
from tests.soak.report import Soaked, rendered
from tests.soak.soak import Plan, Soak
from tests.soak.truth import Found, compared
from tests.soak.verdict import Windows, judged


@pytest.mark.slow
def test_a_short_soak_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    soak = Soak(Plan(seconds=9, seed=1, rate=6))

    def also_spoilt(address: str, site: Path, stories: dict[str, Story], *, deaths: int) -> Found:
        found = compared(address, site, stories, deaths=deaths)
        spoilt.append(_complaints_after_damage(address, site, stories))
        return found

    spoilt: list[list[str]] = []
    monkeypatch.setattr("tests.soak.soak.compared", also_spoilt)
    soaked = soak.run()
    report = rendered(soaked)
    assert soaked.complaints == [], report
    assert report.endswith("All is well: no limit is broken, every article has its one right outcome.")
    assert "Too short a soak to judge memory" in report
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


@pytest.mark.parametrize(
    ("wrong", "leak", "interrupted", "status"),
    [
        ((), 1.0, False, 0),
        (("an article is lost",), 1.0, False, 1),
        ((), 1.2, False, 1),
        ((), 1.0, True, 130),
    ],
)
def test_the_exit_status_is_the_reports(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    wrong: tuple[str, ...],
    leak: float,
    interrupted: bool,
    status: int,
) -> None:
    windows = Windows.of(1200)
    samples = [Sample(at=at, memory=int(1e8 * (leak if at > 600 else 1)), files=8) for at in range(1200)]
    verdict = judged("worker", samples, windows)
    assert verdict is not None
    soaked = Soaked(
        seconds=1200,
        settling=5,
        interrupted=interrupted,
        windows=windows,
        verdicts=(verdict,),
        stories={},
        edits=0,
        weather=(),
        done={},
        requests=0,
        found=Found(),
        wrong=wrong,
    )
    monkeypatch.setattr("tests.soak.__main__.Soak.run", lambda _: soaked)
    monkeypatch.setattr("sys.argv", ["soak"])
    before = signal.getsignal(signal.SIGINT)
    try:
        assert main() == status
    finally:
        signal.signal(signal.SIGINT, before)
    told = capsys.readouterr().out
    assert ("NOT WELL" in told) == (status == 1)
    assert all(words in told for words in wrong)
    assert ("memory grew by 20%" in told) == (leak > 1.1)


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
