"""A short bench against its floors: `make bench-gate` ends with 1 where a stage has become slower beside its limit.

`bench/floors.json` has for each figure the ratio that it must not fall below (of a cost: not exceed). A floor stands
clearly under what the figure is, so that a busy machine is no failure: a ratio moves less than a rate does, and a
stage that falls below its floor is measured once more, with the better one taken. Floors are lowered on purpose
alone, with the reason in the commit.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

# The folder above is where `bench` is looked for, however this file is started.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.run import measured
from bench.speed.figures import Figure
from bench.speed.source import NoNginxError

FLOORS: Final = Path(__file__).parent / "floors.json"


def main() -> None:
    """Measures, compares, tells."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--articles", type=int, default=2_000, help="articles that make a measure")
    parser.add_argument(
        "--only", nargs="*", help="stages to measure; all that have a floor where none is named"
    )
    wish = parser.parse_args()
    floors: Mapping[str, Mapping[str, float]] = json.loads(FLOORS.read_text(encoding="utf-8"))
    stages = [stage for stage in floors if not wish.only or stage in wish.only]
    try:
        fallen = below(measured(stages, wish.articles, rounds=3, targets=False), floors)
        if fallen:
            print(f"\nbelow its floor, and measured once more: {', '.join(fallen)}\n")
            slower = [each for each in stages if each in fallen.values()]
            again = below(measured(slower, wish.articles, rounds=5, targets=False), floors)
            fallen = {name: stage for name, stage in fallen.items() if name in again}
    except (NoNginxError, RuntimeError) as error:
        sys.exit(f"bench-gate: {error}")
    if fallen:
        sys.exit(f"bench-gate: slower than bench/floors.json allows: {'; '.join(fallen)}")
    print("\nbench-gate: every stage is above its floor")


def below(figures: Sequence[Figure], floors: Mapping[str, Mapping[str, float]]) -> dict[str, str]:
    """Name of each figure that is worse than its floor → the stage that has it.

    Raises RuntimeError for a floor whose figure was not measured: a gate that lost what it guards lets all through.
    """
    by_name = {name_of(each): each for each in figures}
    fallen = {}
    for stage, ratios in floors.items():
        mine = {name: floor for name, floor in ratios.items() if name in by_name}
        if mine and (lost := set(ratios) - set(mine)):
            raise RuntimeError(
                f"floors.json has floors of figures that are not measured: {', '.join(sorted(lost))}"
            )
        for name, floor in mine.items():
            figure = by_name[name]
            if figure.ratio > floor if figure.at_most else figure.ratio < floor:
                fallen[name] = stage
    return fallen


def name_of(figure: Figure) -> str:
    """What a figure is called in `floors.json`."""
    return f"{figure.stage}: {figure.what}"


if __name__ == "__main__":
    main()
