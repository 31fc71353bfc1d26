"""Pauses: what an operator wants left alone for a while; since when, by whom, and why."""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from finews.schema.records import Record

PAUSE: Final = "paused_at, paused_by, paused_why"
"""The columns of a pause, in tables whose rows can be paused."""


@dataclass(frozen=True, kw_only=True)
class Pause(Record):
    """`by` is a name, `why` words of theirs, which may be empty."""

    at: datetime
    by: str
    why: str


def taken_from(row: MutableMapping[str, Any]) -> Pause | None:
    """The pause that a row holds, whose columns are taken out of it; None where it is not paused."""
    at, by, why = (row.pop(name) for name in PAUSE.split(", "))
    return Pause(at=at, by=by, why=why) if at else None
