"""The bench measures what it says, and its gate lets nothing slower through."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bench.gate import FLOORS, below, name_of
from bench.run import STAGES, merged
from bench.speed.figures import Figure, side_by_side

ROOT = Path(__file__).resolve().parents[2]

RATE = Figure(
    stage="fetch",
    what="crawl",
    unit="articles/s",
    ours=200,
    limit="bare spider",
    beside=100,
    ratios=(1.0, 2.0, 9.0),
    target=1.8,
)
COST = replace(RATE, stage="cold", what="one link", ratios=(2.5,), target=3.0, at_most=True)


def test_a_rate_has_to_be_high_and_a_cost_low() -> None:
    assert (RATE.ratio, RATE.held, COST.held) == (2.0, True, True)
    assert replace(RATE, target=2.1).held is False
    assert replace(COST, target=2.4).held is False
    assert replace(RATE, target=None).held is None


def test_both_sides_are_measured_in_turn() -> None:
    """What the machine does besides hits both sides, and each is the first in every other round."""
    order: list[str] = []

    def measure(name: str, value: float) -> float:
        order.append(name)
        return value

    ours, beside, ratios = side_by_side(
        lambda: measure("ours", 30.0), lambda: measure("beside", 10.0), rounds=3
    )
    assert (ours, beside, ratios) == (30.0, 10.0, (3.0, 3.0, 3.0))
    assert order == ["beside", "ours", "ours", "beside", "beside", "ours"]


def test_what_falls_below_its_floor_is_named() -> None:
    floors = {"fetch": {name_of(RATE): 1.9}, "cold": {name_of(COST): 2.6}}
    assert below([RATE, COST], floors) == {}
    assert below([replace(RATE, ratios=(1.8,)), replace(COST, ratios=(2.7,))], floors) == {
        name_of(RATE): "fetch",
        name_of(COST): "cold",
    }


def test_a_floor_without_a_figure_is_an_error() -> None:
    """A stage that was renamed would be guarded by nobody."""
    floors = {"fetch": {name_of(RATE): 1.9, "fetch: of old": 1.0}}
    with pytest.raises(RuntimeError, match="fetch: of old"):
        below([RATE], floors)


def test_floors_are_of_stages_that_there_are() -> None:
    floors = json.loads(FLOORS.read_text(encoding="utf-8"))
    assert set(floors) <= set(STAGES)
    assert all(ratio > 0 for figures in floors.values() for ratio in figures.values())
    assert {"fetch", "pipeline", "normalise", "load", "replay"} <= set(floors)


def test_stages_that_were_measured_anew_replace_their_figures() -> None:
    kept: list[dict[str, object]] = [{"stage": "fetch", "ours": 1}, {"stage": "cold", "ours": 2}]
    assert merged(kept, [{"stage": "fetch", "ours": 3}]) == [
        {"stage": "cold", "ours": 2},
        {"stage": "fetch", "ours": 3},
    ]


@pytest.mark.timeout(120)
def test_a_small_bench_measures_real_work(tmp_path: Path) -> None:
    """Some articles through nginx, crawl, database and posts: every figure is a rate of work that was done."""
    if not (shutil.which("nginx") or Path("/usr/sbin/nginx").exists()):
        pytest.skip("nginx is not installed")
    file = tmp_path / "speed.json"
    ran = subprocess.run(
        [
            *(sys.executable, "bench/run.py", "--only", "fetch", "pipeline", "normalise"),
            *("--articles", "40", "--rounds", "1", "--results", str(file)),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode in (0, 1), ran.stderr
    told = json.loads(file.read_text(encoding="utf-8"))
    assert {each["stage"] for each in told["figures"]} >= {"fetch", "pipeline", "normalise"}
    assert all(each["ours"] > 0 and each["beside"] > 0 and each["ratio"] > 0 for each in told["figures"])
    assert told["libraries"]["scrapy"]
    assert told["commit"]
