"""Mirrors as an operator sees them: how each stands, how fast it is asked, and how it answered, hour by hour."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum

from finews.flows.mirror_names import mirror_named
from finews.schema.database import Database
from finews.schema.hourly_counts import MirrorHour, mirror_hours
from finews.schema.mirrors import MirrorState, mirror_states
from finews.schema.settings import Settings

DAY, WEEK = timedelta(days=1), timedelta(days=7)


class MirrorStanding(StrEnum):
    """How a mirror stands, in a word; `open` is its circuit."""

    WELL = "well"
    PAUSED = "paused"
    OPEN = "open"


def standing_of(mirror: MirrorState) -> MirrorStanding:
    """The word that an operator has to know first."""
    if mirror.paused:
        return MirrorStanding.PAUSED
    return MirrorStanding.OPEN if mirror.opened else MirrorStanding.WELL


def rate_of(mirror: MirrorState, settings: Settings) -> float | None:
    """Requests a second in force; None: no limit."""
    return settings.rate_in_force if mirror.rate is None else mirror.rate


def mirrors_now(
    database: Database, settings: Settings, span: timedelta
) -> list[tuple[MirrorState, MirrorHour | None]]:
    """Each mirror of the settings, in their order, with what it answered within `span` of now, in sum."""
    with database.transaction() as connection:
        return [
            (each, _sum(mirror_hours(connection, each.base, span)))
            for each in mirror_states(connection, settings.sources)
        ]


def mirror_now(
    database: Database, settings: Settings, name: str, span: timedelta
) -> tuple[MirrorState, Sequence[MirrorHour]]:
    """How a mirror is doing, and its hours within `span` of now, the oldest first; raises UnknownNameError."""
    base = mirror_named(settings, name)
    with database.transaction() as connection:
        (state,) = mirror_states(connection, [base])
        return state, mirror_hours(connection, base, span)


def _sum(hours: Sequence[MirrorHour]) -> MirrorHour | None:
    if not hours:
        return None
    return MirrorHour(
        hour=hours[0].hour,
        answers=sum(each.answers for each in hours),
        seconds=sum(each.seconds for each in hours),
        refusals=sum(each.refusals for each in hours),
        troubles=sum(each.troubles for each in hours),
        opened=sum(each.opened for each in hours),
    )
