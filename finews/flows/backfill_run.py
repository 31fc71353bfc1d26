"""A run of the ledger that is at work on a backfill, whose chunks it gives back at its end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from finews.flows.pipeline import Pipeline, Run
from finews.flows.rates import BACKFILL
from finews.schema.backfills import Backfill, BackfillState, state_of_backfill
from finews.schema.chunks import release_chunks
from finews.schema.errors import ServiceError


@contextmanager
def backfill_run(pipeline: Pipeline, backfill: Backfill, *, reason: str = "") -> Iterator[Run]:
    """The run for the block; what ends in it is noted in the backfill, not looked up in the ledger."""
    named = f"backfill {backfill.id}: {backfill.wish['words']}"
    # With its first line: whoever has this begun looks for it at once.
    with pipeline.run(BACKFILL, f"{reason} of {named}" if reason else named, backfill=backfill.id) as run:
        run.recorded_elsewhere = True
        try:
            yield run
        finally:
            _release(pipeline, backfill, run)


def state_of(pipeline: Pipeline, number: int) -> BackfillState:
    """Where a backfill stands."""
    with pipeline.database.transaction() as connection:
        return state_of_backfill(connection, number)


def _release(pipeline: Pipeline, backfill: Backfill, run: Run) -> None:
    # What a database that is away keeps, the next run frees.
    with suppress(ServiceError), pipeline.database.transaction(wait=1) as connection:
        release_chunks(connection, backfill.id, run.number)
