"""Every stage of the pipeline beside its limit, in one run on one machine: `make bench`.

    .venv/bin/python bench/run.py                      all of it: some 40 minutes, 20 GB of disk
    .venv/bin/python bench/run.py --only fetch load    some stages
    .venv/bin/python bench/run.py --short              a tenth of the articles: some minutes

Figures are printed and written to `bench/results/speed.json`, with machine, versions and commit. What counts is the
ratio: both of its sides come from the same run. Ends with 1 where a target does not hold; a short one has none.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# The folder above is where `bench` is looked for, however this file is started.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.speed.about import about
from bench.speed.crawling import fetch, fetch_slowly
from bench.speed.figures import Figure
from bench.speed.growth import growth
from bench.speed.ingesting import against_peers, need_peers, pipeline
from bench.speed.memory import memory
from bench.speed.polling import polling
from bench.speed.replaying import replaying
from bench.speed.rows import loading, normalising
from bench.speed.source import NoNginxError, Source
from bench.speed.starting import cold
from bench.speed.table import shown
from finews.schema.embedded import embedded_server
from finews.schema.settings import Settings

RESULTS: Final = Path(__file__).parent / "results" / "speed.json"


@dataclass(frozen=True, kw_only=True)
class Bench:
    """What a stage works with: its source, a folder, how many articles make a measure, and how often it is taken."""

    source: Source
    folder: Path
    articles: int
    rounds: int

    def loads(self) -> list[Figure]:
        """Loading, into databases of a server of its own."""
        with embedded_server(self.folder / "rows") as address:
            settings = Settings.load(home=self.folder / "rows", database_url=address)
            return loading(self.source, settings, number=self.articles, rounds=self.rounds)


STAGES: Final[Mapping[str, Callable[[Bench], list[Figure]]]] = {
    "fetch": lambda b: fetch(b.source, number=b.articles, rounds=b.rounds),
    "latency": lambda b: fetch_slowly(b.source, number=b.articles // 2, rounds=b.rounds),
    "pipeline": lambda b: pipeline(b.source, b.folder, number=b.articles, rounds=b.rounds),
    "peers": lambda b: against_peers(b.source, b.folder, number=b.articles // 10, rounds=b.rounds),
    "normalise": lambda b: normalising(b.source, number=b.articles, rounds=2 * b.rounds),
    "load": lambda b: b.loads(),
    "replay": lambda b: replaying(b.source, b.folder, number=5 * b.articles, rounds=b.rounds),
    "poll": lambda b: polling(b.source, b.folder, rounds=b.rounds),
    "cold": lambda b: cold(b.source, b.folder, rounds=2 * b.rounds),
    "memory": lambda b: memory(b.source, b.folder, few=b.articles // 10, many=10 * b.articles),
    "growth": lambda b: growth(b.source, b.folder, articles=b.articles // 2, rounds=b.rounds),
}
WHOLE: Final = {"replay": 5, "memory": 10, "growth": 5}
"""Stages that want more than so many articles, as multiples of the others' number."""


def main() -> None:
    """Measures, prints, writes."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="*", choices=tuple(STAGES), help="stages to measure")
    parser.add_argument("--but", nargs="*", choices=tuple(STAGES), default=[], help="stages to leave out")
    parser.add_argument("--articles", type=int, default=10_000, help="articles that make a measure")
    parser.add_argument("--rounds", type=int, default=3, help="how often each measure is taken")
    parser.add_argument("--results", type=Path, default=RESULTS, help="file that the figures are written to")
    parser.add_argument(
        "--short", action="store_true", help="a tenth of the articles, without peers and growth"
    )
    wish = parser.parse_args()
    names = [name for name in wish.only or STAGES if name not in wish.but]
    articles = wish.articles
    if wish.short:
        names, articles = [name for name in names if name not in ("peers", "growth")], articles // 10
    try:
        figures = measured(names, articles, wish.rounds, targets=not wish.short)
    except (NoNginxError, RuntimeError) as error:
        sys.exit(f"bench: {error}")
    file: Path = wish.results
    kept = json.loads(file.read_text(encoding="utf-8"))["figures"] if file.exists() else []
    told = {"figures": merged(kept, [each.to_json() for each in figures]), **about(articles)}
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    sys.exit(not wish.short and any(each.held is False for each in figures))


def measured(names: list[str], articles: int, rounds: int, *, targets: bool = True) -> list[Figure]:
    """The figures of these stages, each printed as it comes. Nothing is removed before the end.

    For minutes after files were removed ext4 is slow at making new ones.
    """
    figures: list[Figure] = []
    if "peers" in names:
        # Said before an hour's figures are lost for it.
        need_peers()
    with tempfile.TemporaryDirectory(prefix="finews-bench-", ignore_cleanup_errors=True) as folder:
        most = articles * max((WHOLE.get(name, 1) for name in names), default=1)
        source = Source(Path(folder) / "source", most, pages="peers" in names)
        with source:
            bench = Bench(source=source, folder=Path(folder), articles=articles, rounds=rounds)
            for name in names:
                began = time.perf_counter()
                found = STAGES[name](bench)
                shown(found, first=not figures, targets=targets)
                print(f"{'':27}{time.perf_counter() - began:.0f} s", file=sys.stderr)
                figures += found
    return figures


def merged(kept: list[dict[str, object]], new: list[dict[str, object]]) -> list[dict[str, object]]:
    """The figures of an earlier run with those in place that were measured anew."""
    stages = {each["stage"] for each in new}
    return [*(each for each in kept if each["stage"] not in stages), *new]


if __name__ == "__main__":
    main()
