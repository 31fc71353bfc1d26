"""`backfill`: fetches what is missing of a range, a feed or a list; can be paused, resumed, cancelled and shared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from finews.flows.backfill_fetch import MOST_TOLD, BackfillFetch
from finews.flows.backfill_list import list_chunks
from finews.flows.backfill_plan import in_words_unread, unread_as_json
from finews.flows.backfill_run import backfill_run, state_of
from finews.flows.operator import operator
from finews.flows.pipeline import Pipeline, Run
from finews.flows.rates import BACKFILL
from finews.flows.reins import Reins
from finews.flows.report import Report
from finews.schema.backfills import (
    OVER,
    Backfill,
    BackfillState,
    backfill_of,
    change_state,
    drop_untried,
    progress_of,
    share_among,
    state_of_backfill,
)
from finews.schema.chunks import Unread, chunks_busy, chunks_left, links_left, unread_of
from finews.schema.errors import RequestError


def run_backfill(
    pipeline: Pipeline,
    number: int,
    reins: Reins | None = None,
    *,
    reason: str = "",
    joining: bool = False,
    call: Callable[[int, int], int] | None = None,
) -> Report:
    """Lists what is not listed yet, and fetches what is missing; goes on where an earlier run stopped.

    Comes to an early end where the reins are pulled, and where somebody pauses or cancels the backfill: what is
    under way is finished first. `call(number, n)` asks up to n others to join, and tells how many it asked: they
    are `joining`, and share the chunks and the part of the rate with the run that called them. Raises
    UnknownNameError, RequestError for one that is over, SourceUnreachableError.
    """
    reins = reins or Reins()
    backfill = pipeline.lasting(lambda: _begin(pipeline, number, joining=joining))
    reins.watch(lambda: state_of(pipeline, number) is BackfillState.RUNNING)
    with backfill_run(pipeline, backfill, reason=reason) as run:
        fetch = BackfillFetch(pipeline, run, backfill, reins.pulled)
        pipeline.lasting(fetch.take_over)
        pipeline.step("read the list", lambda: list_chunks(pipeline, run, backfill, reins.pulled))
        if not joining:
            pipeline.lasting(fetch.leave_out)
        if call:
            pipeline.lasting(lambda: _share(pipeline, number, call))
        fetch.go()
        ended = pipeline.lasting(lambda: _finish(pipeline, number))
    return _report(pipeline, run, ended)


def _share(pipeline: Pipeline, number: int, call: Callable[[int, int], int]) -> None:
    """Calls others in where there is more than one chunk with something left to fetch."""
    with pipeline.database.transaction() as connection:
        busy = chunks_busy(connection, number)
        # Said before they are called: each reads its share when it begins.
        share_among(connection, number, max(1, busy))
    called = call(number, busy - 1) if busy > 1 else 0
    with pipeline.database.transaction() as connection:
        share_among(connection, number, called + 1)
    pipeline.share_background(called + 1)


def _begin(pipeline: Pipeline, number: int, *, joining: bool) -> Backfill:
    with pipeline.database.transaction() as connection:
        found = backfill_of(connection, number)
        if found.state in OVER:
            raise RequestError(
                f"backfill {number} is over ({found.state})", advice="Ask for the same range once more"
            )
        if joining:
            return found
        return change_state(connection, number, BackfillState.RUNNING, by=operator())


@dataclass(frozen=True, kw_only=True)
class _End:
    """Where a backfill stands after a run of it."""

    backfill: Backfill
    left: int
    unlisted: int
    unread: Sequence[Unread]


def _finish(pipeline: Pipeline, number: int) -> _End:
    """Ends a backfill of which nothing is left, and clears up after one that was cancelled."""
    with pipeline.database.transaction() as connection:
        if state_of_backfill(connection, number) is BackfillState.CANCELLED:
            drop_untried(connection, number)
        if chunks_left(connection, number) == 0:
            change_state(connection, number, BackfillState.ENDED, by=operator())
        return _End(
            backfill=backfill_of(connection, number),
            left=links_left(connection, number),
            unlisted=progress_of(connection, number).unlisted,
            unread=unread_of(connection, number),
        )


def _report(pipeline: Pipeline, run: Run, end: _End) -> Report:
    number, state = end.backfill.id, end.backfill.state
    notes = [run.note] if run.note else []
    if state is not BackfillState.ENDED:
        how = "interrupted" if state is BackfillState.RUNNING else f"{state} by {end.backfill.changed_by}"
        left = f"{end.left} articles" + (f" and {end.unlisted} lists" if end.unlisted else "")
        notes.append(f"backfill {number} was {how}, {left} left")
        if state is not BackfillState.CANCELLED:
            notes.append(f"`finews backfills run {number}` carries on")
    if run.others and len(run.results) >= MOST_TOLD:
        notes.append(f"the first {MOST_TOLD} are named")
    notes += [in_words_unread(each) for each in end.unread]
    return Report(
        run=run.number,
        kind=BACKFILL,
        results=run.results,
        others=run.others,
        skipped=run.skipped,
        requests=pipeline.requests,
        note="; ".join(notes),
        amiss=bool(end.unread),
        extra={
            "backfill": number,
            "state": state.value,
            "left": end.left,
            "unread": [unread_as_json(each) for each in end.unread],
        },
    )
