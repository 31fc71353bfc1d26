"""`retry`: what is due is asked for, and no feed is read."""

from __future__ import annotations

from collections.abc import Callable

from finews.flows.fetch import fetch_due, load_left_over
from finews.flows.pipeline import Pipeline, Run
from finews.flows.report import Report
from finews.schema.due import count_due


def retry_due(pipeline: Pipeline, *, reason: str = "") -> Report:
    """Asks for every article whose time has come: new ones, and what failed, was refused or was gone."""
    with pipeline.run("retry", reason or "by hand") as run:
        run.results += pipeline.lasting(lambda: load_left_over(pipeline, run))
        ask_due(pipeline, run, over=lambda: False)
    return Report(
        run=run.number, kind="retry", results=run.results, requests=pipeline.requests, note=run.note
    )


def ask_due(pipeline: Pipeline, run: Run, *, over: Callable[[], bool]) -> None:
    """Asks for what is due as one step of a run; the results are added to it, and what is left once it is `over`.

    Where nothing is due there is no such step.
    """
    due = pipeline.lasting(lambda: _due(pipeline))
    if not due:
        return
    pipeline.progress.begin("fetching", due)
    begun = False

    def work() -> None:
        nonlocal begun
        if begun:
            # What the first try has stored is not due any more: it waits to be read.
            run.results += load_left_over(pipeline, run)
        begun = True
        for results in fetch_due(pipeline, run, over=over):
            run.results += results
            pipeline.progress.advance(len(results))

    pipeline.step("fetch what is due", work)
    if over() or not pipeline.rules.asked:
        run.left = pipeline.lasting(lambda: _due(pipeline))


def _due(pipeline: Pipeline) -> int:
    with pipeline.database.transaction(single=True) as connection:
        return count_due(connection)
