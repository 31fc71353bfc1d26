"""A run of the ledger that is at work on a backfill, whose chunks it gives back at its end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from finews.flows.pipeline import Pipeline, Run
from finews.flows.rates import BACKFILL
from finews.schema.backfills import Backfill, BackfillState, state_of_backfill
from finews.schema.chunks import release_chunks
from finews.schema.errors import ServiceError
from finews.schema.ledger import note_detail


@contextmanager
def backfill_run(pipeline: Pipeline, backfill: Backfill, *, reason: str = "") -> Iterator[Run]:
    """The run for the block; what ends in it is noted in the backfill, not looked up in the ledger."""
    named = f"backfill {backfill.id}: {backfill.wish['words']}"
    with pipeline.run(BACKFILL, f"{reason} of {named}" if reason else named) as run:
        run.recorded_elsewhere = True
        pipeline.lasting(lambda: _note(pipeline, run, backfill))
        try:
            yield run
        finally:
            _release(pipeline, backfill, run)


def state_of(pipeline: Pipeline, number: int) -> BackfillState:
    """Where a backfill stands."""
    with pipeline.database.transaction() as connection:
        return state_of_backfill(connection, number)


def _note(pipeline: Pipeline, run: Run, backfill: Backfill) -> None:
    with pipeline.database.transaction() as connection:
        note_detail(connection, run.number, backfill=backfill.id)


def _release(pipeline: Pipeline, backfill: Backfill, run: Run) -> None:
    # What a database that is away keeps, the next run frees.
    with suppress(ServiceError), pipeline.database.transaction(wait=1) as connection:
        release_chunks(connection, backfill.id, run.number)
