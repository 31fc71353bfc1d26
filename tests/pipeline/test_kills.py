"""SIGKILL at every boundary and at any moment: nothing lost, nothing twice, whatever the number of workers."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time

import pytest

from finews.newsroom import generate
from tests.pipeline.desk import Desk
from tests.pipeline.killed_run import BOUNDARIES

ARTICLES = 300
KILLS = 10
"""In each of the cases below; there are twenty, one of them in `make test` and all in `make proofs`."""


@pytest.mark.parametrize(
    ("seed", "workers"),
    [
        (0, 3),
        *(
            pytest.param(seed, workers, marks=pytest.mark.slow)
            for seed in range(10)
            for workers in (1, 3)
            if (seed, workers) != (0, 3)
        ),
    ],
)
def test_kills_lose_nothing_and_double_nothing(
    desk: Desk, seed: int, workers: int, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(seed * 10 + workers)
    articles = [each for each in generate(600, seed=seed) if each.medianame][:ARTICLES]
    desk.publish(*articles)
    (desk.folder / "links.txt").write_text("\n".join(each.info_code for each in articles), encoding="utf-8")
    kills = 0
    while kills < KILLS:
        running = [_started(desk, chance) for _ in range(workers)]
        for process, moment in running:
            kills += _killed(process, moment)
    with _run(desk, "never", 0) as process:
        _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err

    codes = {each.info_code for each in articles}
    assert {code for (code,) in desk.rows("select info_code from articles")} == codes
    assert desk.rows("select count(*) from payloads") == [(ARTICLES,)]
    assert desk.rows("select count(*) from revisions") == [(0,)]
    assert desk.rows("select distinct state, lease_token from links") == [("done", None)]
    assert (
        desk.rows("select info_code from events where outcome = 'new' group by 1 having count(*) > 1") == []
    )
    assert desk.rows("select count(*) from events where outcome = 'new'") == [(ARTICLES,)]
    names = {path.rpartition("/")[2] for path in desk.tree() if "/.finews-" not in path}
    assert len(names) == ARTICLES
    assert desk.run("publish", "--json").json["written"] == 0
    assert len(desk.tree()) == ARTICLES, "a temporary file is left"
    assert desk.run("reconcile").status == 0
    with capsys.disabled():
        print(f" [{kills} kills, {ARTICLES} articles, {workers} workers]", end="")


def _started(desk: Desk, chance: random.Random) -> tuple[subprocess.Popen[str], float | None]:
    """A run that kills itself at a boundary, or one that is killed by us after a while."""
    # When all is there, every article is asked for again: nothing is written, but there is something to kill.
    complete = desk.count("articles") == ARTICLES
    command = "ingest" if complete else "backfill"
    if chance.random() < 0.75:
        reached = [name for name in BOUNDARIES if not (complete and name.endswith("rename"))]
        return _run(desk, chance.choice(reached), chance.randint(1, 6), command), None
    return _run(desk, "never", 0, command), chance.uniform(0.4, 1.6)


def _run(desk: Desk, boundary: str, passings: int, command: str = "backfill") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "tests.pipeline.killed_run", boundary, str(passings)),
            *(command, "--file", "links.txt", "--json"),
        ],
        env=desk.environment(),
        cwd=desk.folder,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def _killed(process: subprocess.Popen[str], moment: float | None) -> int:
    """Waits for a run's end, which is our doing after `moment` seconds; 1 where it was killed."""
    if moment is not None:
        time.sleep(moment)
        process.send_signal(signal.SIGKILL)
    _, err = process.communicate(timeout=120)
    assert process.returncode in (-signal.SIGKILL, 0), err
    return int(process.returncode == -signal.SIGKILL)
