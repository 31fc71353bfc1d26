"""A short outage of the database: waited for, then the piece of work is begun again with what it left undone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from finews.flows.progress import Progress
from finews.schema.database import Database
from finews.schema.errors import DatabaseLostError
from finews.schema.settings import Settings

T = TypeVar("T")

_MOST_IN_A_ROW: Final = 5
"""Outages without one article done in between: then it is the work itself that ends the connection."""


def _nothing() -> None:
    return


def _none_done() -> int:
    return 0


def lasting(
    database: Database,
    settings: Settings,
    progress: Progress,
    work: Callable[[], T],
    *,
    again: Callable[[], None] = _nothing,
    done: Callable[[], int] = _none_done,
) -> T:
    """Calls `work`; where the database goes away in it, waits for the database, calls `again`, and `work` once more.

    `work` must do no harm when it is called again after any of its transactions, committed or not. `done` tells
    how many articles have been brought to their end. Raises DatabaseLostError or EmbeddedServerError where the
    database stays away longer than the settings allow, or goes away again and again.
    """
    in_a_row, so_far, away = 0, done(), False
    while True:
        try:
            if away:
                again()
            return work()
        except DatabaseLostError:
            in_a_row = 1 if done() > so_far else in_a_row + 1
            if not settings.database_wait or in_a_row > _MOST_IN_A_ROW:
                raise
            so_far, away = done(), True
        progress.say(f"the database went away, waiting up to {settings.database_wait:g} s for it")
        database.come_back(settings.database_wait)
