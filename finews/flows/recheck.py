"""`recheck`: asks again for young articles, since the source edits what it has published."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime

from finews.flows.fetch import fetch_leased, load_left_over
from finews.flows.pipeline import Pipeline, Run
from finews.flows.rates import RECHECK
from finews.flows.report import Report
from finews.flows.slot import slot_taken
from finews.schema.frontier import clock
from finews.schema.rechecks import claim_rechecks, count_rechecks, drop_the_old, plan_of
from finews.schema.records import LeasedLink


def recheck(pipeline: Pipeline, *, reason: str = "") -> Report:
    """Asks the source for the articles whose time has come again, and publishes what it has changed.

    At most as many as the settings say; the rest is `left`. An article that the source does not hand over, or has
    no more, stays published, and has its next turn. Two at once: one works, the other says in `note` who does.
    """
    with ExitStack() as stack:
        ours = pipeline.lasting(lambda: stack.enter_context(pipeline.database.slot(RECHECK)))
        if not ours:
            return slot_taken(pipeline, RECHECK)
        with pipeline.run(RECHECK, reason or "by hand") as run:
            return _recheck(pipeline, run)


def _recheck(pipeline: Pipeline, run: Run) -> Report:
    run.results += pipeline.lasting(lambda: load_left_over(pipeline, run))
    until, due = pipeline.lasting(lambda: _due(pipeline))
    most = min(due, pipeline.settings.recheck_most)
    if most:
        pipeline.progress.begin("asking again", most)
    begun = False
    ended = 0

    def work() -> None:
        nonlocal begun, ended
        if begun:
            # What the first try has stored is not due any more: it waits to be read.
            run.results += load_left_over(pipeline, run)
        begun = True
        room = pipeline.settings.recheck_most - ended

        def next_links(limit: int) -> Sequence[LeasedLink]:
            nonlocal room
            with pipeline.database.transaction() as connection:
                links = claim_rechecks(connection, run.number, min(limit, room), until=until)
            room -= len(links)
            return links

        for results in fetch_leased(
            pipeline, run, next_links, stops_in_outage=True, recheck=plan_of(pipeline.settings)
        ):
            ended += len(results)
            run.results += results
            pipeline.progress.advance(len(results))

    if most:
        pipeline.step("ask again", work)
    _, run.left = pipeline.lasting(lambda: _due(pipeline))
    return Report(
        run=run.number,
        kind=RECHECK,
        results=run.results,
        requests=pipeline.requests,
        note=run.note,
        extra={"left": run.left},
    )


def _due(pipeline: Pipeline) -> tuple[datetime, int]:
    """The database's time, and how many articles are due by then; what is not young any more is let go."""
    with pipeline.database.transaction() as connection:
        drop_the_old(connection, plan_of(pipeline.settings))
        return clock(connection), count_rechecks(connection)
