"""How a mirror answered when it was asked whether it is there."""

from __future__ import annotations

from dataclasses import dataclass

from finews.schema.records import Record


@dataclass(frozen=True, kw_only=True)
class MirrorAnswer(Record):
    """`error` is a machine word where it did not answer well; no robots.txt (404) is a good answer.

    `ahead` is by how many seconds the mirror's clock is ahead of ours, to the second; None where it told no time.
    """

    base: str
    error: str | None = None
    ahead: float | None = None
