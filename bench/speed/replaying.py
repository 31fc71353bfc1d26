"""Replay of stored payloads to identical posts, beside what normalising alone takes on all cores."""

from __future__ import annotations

from pathlib import Path

from bench.speed.crawling import WIDE
from bench.speed.figures import Figure, side_by_side
from bench.speed.home import Home
from bench.speed.rows import normalised, payloads_of
from bench.speed.source import Source
from finews.flows.workers import cores


def replaying(source: Source, folder: Path, *, number: int, rounds: int) -> list[Figure]:
    """Articles a second of `replay --all`, the whole process; normalising is measured on one core, and multiplied.

    Not a row and not a byte may change.
    """
    home = Home(folder=folder / "replay", base=source.base, settings={"concurrency": str(WIDE)}).prepared()
    home.finews("ingest", "--file", str(source.codes_file(number)))
    payloads = payloads_of(source, min(number, 10_000))

    def replayed() -> float:
        told = home.finews("replay", "--all")
        if told.answer["unchanged"] != number or told.answer["written"] or told.answer["stamped"]:
            raise RuntimeError(f"a replay was to change nothing: {dict(told.answer)}")
        return number / told.seconds

    ours, beside, ratios = side_by_side(replayed, lambda: cores() * normalised(payloads), rounds=rounds)
    return [
        Figure(
            stage="replay",
            what=f"replay --all of {number:,}, whole process",
            unit="articles/s",
            ours=ours,
            limit=f"normalise alone, times {cores()} cores",
            beside=beside,
            ratios=ratios,
            target=0.7,
        )
    ]
