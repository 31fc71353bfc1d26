"""How the rate is divided: work in the background has its share, by its kind; what is asked for now has the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from finews.schema.settings import Settings

BACKFILL: Final = "backfill"
RECHECK: Final = "recheck"
"""Kinds of runs that work in the background."""


@dataclass(frozen=True, kw_only=True)
class Share:
    """A kind's part of the rate.

    One that is `kept` is left free also while no such run is at work, and is a single run's: it has a slot.
    """

    part: float
    kept: bool


def shares_of(settings: Settings) -> dict[str, Share]:
    """Kind → its share.

    Rechecks come and go while a poll is under way, and want little: theirs is kept, so that nobody has to notice
    when they begin. A backfill's is large, and lasts: it is the polls' as long as none runs.
    """
    return {
        BACKFILL: Share(part=settings.backfill_share, kept=False),
        RECHECK: Share(part=settings.recheck_share, kept=True),
    }


def part_of_the_rate(
    shares: Mapping[str, Share], at_work: Mapping[str, int], kind: str = "", *, processes: int = 1
) -> float:
    """The part of the rate of one process, from 0 to 1; without `kind`, of one that is not in the background.

    `at_work` is how many runs of each kind there are besides. Of a share that is not kept, one of so many `processes`
    has its part, or less where more are at work.
    """
    if kind:
        share = shares[kind]
        return share.part if share.kept else share.part / max(processes, at_work[kind] + 1)
    return 1 - sum(each.part for name, each in shares.items() if each.kept or at_work[name])
