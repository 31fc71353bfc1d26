"""The rate of one mirror, set at run time: it wins over FINEWS_RATE until it is taken back."""

from __future__ import annotations

from finews.flows.mirror_names import mirror_named
from finews.flows.operator import operator
from finews.schema.database import Database
from finews.schema.errors import RequestError
from finews.schema.mirrors import LEAST_RATE, MOST_RATE, set_rate
from finews.schema.settings import Settings


def set_mirror_rate(database: Database, settings: Settings, name: str, rate: float | None) -> str:
    """Sets the requests a second to a mirror, for the next crawl of every process; None: as the settings say.

    Polls, backfills and rechecks divide it as they divide FINEWS_RATE. Returns what it came to, in words. Raises
    UnknownNameError, RequestError for a rate that is out of bounds.
    """
    base = mirror_named(settings, name)
    # So written that what is no number is refused, too.
    if rate is not None and not LEAST_RATE <= rate <= MOST_RATE:
        raise RequestError(
            f"{rate:g} requests a second", advice=f"A rate is from {LEAST_RATE:g} to {MOST_RATE:g}"
        )
    with database.transaction() as connection:
        set_rate(connection, base, rate, who=operator())
    if rate is None:
        return f"mirror {base} is asked as the settings say: {rate_in_words(settings.rate_in_force)}"
    return f"mirror {base} is asked {rate_in_words(rate)}, from the next crawl on"


def rate_in_words(rate: float | None) -> str:
    """`at most 5 times a second`, `without a limit`."""
    return "without a limit" if rate is None else f"at most {rate:g} times a second"
