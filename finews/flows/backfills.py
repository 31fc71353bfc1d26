"""Steering backfills: what there is, how far each has come, pause and cancel."""

from __future__ import annotations

from dataclasses import dataclass

from finews.flows.operator import operator
from finews.flows.report import Report
from finews.schema.backfills import (
    OVER,
    Backfill,
    BackfillState,
    Progress,
    backfill_of,
    change_state,
    drop_untried,
    newest_backfills,
    progress_of,
)
from finews.schema.chunks import Unread, unread_of
from finews.schema.database import Database
from finews.schema.errors import RequestError
from finews.schema.sign_of_life import free_leases_of_the_dead


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A backfill, how far it has come, and what could not be read of its list.

    `rate` is articles a second of all processes at work together, `seconds_left` what the rest takes at it; None
    where nobody is at work.
    """

    backfill: Backfill
    progress: Progress
    rate: float | None
    seconds_left: float | None
    unread: tuple[Unread, ...]

    @property
    def word(self) -> str:
        """Its state; `interrupted` where it should be running and nobody is at it."""
        if self.backfill.state is BackfillState.RUNNING and not self.progress.working:
            return "interrupted"
        return self.backfill.state.value


def standing_of(database: Database, number: int) -> Standing:
    """Where a backfill stands; raises UnknownNameError."""
    with database.transaction() as connection:
        free_leases_of_the_dead(connection)
        backfill = backfill_of(connection, number)
        progress = progress_of(connection, number)
        rate = progress.rate if progress.working else None
        return Standing(
            backfill=backfill,
            progress=progress,
            rate=rate,
            seconds_left=progress.left / rate if rate else None,
            unread=tuple(unread_of(connection, number)),
        )


def newest_standings(database: Database, limit: int) -> list[Standing]:
    """Where the newest backfills stand, the newest first."""
    with database.transaction() as connection:
        numbers = [each.id for each in newest_backfills(connection, limit)]
    return [standing_of(database, number) for number in numbers]


def taken(standing: Standing) -> Report:
    """What is told to somebody who asks for what others are at already."""
    number, runs = standing.backfill.id, ", ".join(map(str, standing.progress.working))
    return Report(
        run=standing.progress.working[0],
        kind="backfill",
        note=f"skipped: run {runs} is at backfill {number} already, {standing.progress.left} left; "
        f"`finews backfills show {number}` tells more",
        extra={"backfill": number, "state": standing.word, "left": standing.progress.left},
    )


def pause(database: Database, number: int) -> Standing:
    """Has whoever is at work on a backfill stop, once what is under way is finished.

    Raises UnknownNameError, and RequestError for one that does not run.
    """
    return _changed(database, number, BackfillState.PAUSED, {BackfillState.RUNNING})


def cancel(database: Database, number: int) -> Standing:
    """Ends a backfill for good; what it fetched is kept. Raises UnknownNameError, and RequestError for one that is
    over.
    """
    unfinished = set(BackfillState) - OVER
    return _changed(database, number, BackfillState.CANCELLED, unfinished)


def _changed(database: Database, number: int, state: BackfillState, allowed: set[BackfillState]) -> Standing:
    with database.transaction() as connection:
        free_leases_of_the_dead(connection)
        found = backfill_of(connection, number)
        if found.state not in allowed:
            raise RequestError(
                f"backfill {number} is {found.state} and cannot be {state}",
                advice=f"`finews backfills show {number}` tells how far it has come",
            )
        change_state(connection, number, state, by=operator())
        if state is BackfillState.CANCELLED:
            # What a process still has in hand it drops itself, when it notices.
            drop_untried(connection, number)
    return standing_of(database, number)
