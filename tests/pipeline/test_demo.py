"""`finews demo`, as somebody runs it who has just installed it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.prefect
@pytest.mark.xdist_group("prefect")
def test_the_demo_shows_the_whole_way_and_leaves_posts(tmp_path: Path) -> None:
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "HOME": str(tmp_path / "home"),
        "FINEWS_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/must-not-be-used",
    }
    (tmp_path / "home").mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "finews.flows.command_line", "demo", "--json"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    first, second = told["polls"]
    assert first["new"] > 150
    assert first["quarantined"] >= 1
    assert second["new"] == second["quarantined"] == 0
    assert told["ingest"]["updated"] == 1
    assert len(told["ingest"]["articles"]) == 1
    posts = list((tmp_path / ".finews" / "demo" / "site" / "_posts").glob("*.md"))
    assert len(posts) == told["status"]["posts"] == told["status"]["articles"] == first["new"]
    assert any("stored once" in step["came"] for step in told["steps"])
    assert any("5 requests" in step["came"] for step in told["steps"])
