"""The doors to a use case: in this process at once, or as a flow run where a Prefect API is configured."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from finews.flows.audit import about, command_entered, counted
from finews.flows.backfill import run_backfill
from finews.flows.backfill_plan import Plan, open_wish, plan_backfill, plan_known
from finews.flows.backfill_wish import Wish
from finews.flows.backfills import cancel, standing_of, taken
from finews.flows.crawl_rules import LONG_LIST, crawl_processes
from finews.flows.ingest import ingest
from finews.flows.pipeline import Pipeline
from finews.flows.poll import poll
from finews.flows.progress import shown_progress
from finews.flows.rates import RECHECK
from finews.flows.recheck import recheck
from finews.flows.reins import Reins, gentle_signals
from finews.flows.replay import replay
from finews.flows.replay_diff import compare
from finews.flows.report import Report
from finews.schema.backfills import Backfill
from finews.schema.replayable import Selection
from finews.schema.settings import Settings


def prefect_configured() -> bool:
    """Whether commands run as flow runs: `PREFECT_API_URL` says where."""
    return bool(os.environ.get("PREFECT_API_URL"))


def ingest_links(settings: Settings, codes: Sequence[str], *, quiet: bool) -> Report:
    """`finews ingest`."""

    def by_hand(pipeline: Pipeline) -> Report:
        with command_entered(pipeline.database, "fetch", about(codes)) as entry:
            report = ingest(pipeline, codes)
            entry.outcome = counted(report.counts)
        return report

    return _through("ingest_flow", by_hand, settings, codes, quiet, links=list(codes))


def poll_feeds(settings: Settings, feeds: Sequence[str], *, quiet: bool) -> Report:
    """`finews poll`."""
    return _through(
        "poll_flow", lambda pipeline: poll(pipeline, feeds), settings, None, quiet, feeds=list(feeds)
    )


def recheck_articles(settings: Settings, *, quiet: bool) -> Report:
    """`finews recheck`."""
    if prefect_configured():
        return _as_flow_run("recheck_flow", quiet)
    with (
        shown_progress(quiet=quiet) as progress,
        Pipeline(settings, crawling=1, progress=progress, background=1, kind=RECHECK) as pipeline,
    ):
        return recheck(pipeline)


def plan_for(settings: Settings, wish: Wish, *, quiet: bool) -> Plan:
    """`finews backfill --plan`: read afresh, and kept, so that it can be run as it was shown."""
    with _backfilling(settings, wish.codes, quiet) as pipeline:
        return _planned(pipeline, open_wish(pipeline.database, wish, afresh=True))


def backfill_for(
    settings: Settings, wish: Wish, *, ask: Callable[[Plan], bool] | None, quiet: bool
) -> Report | None:
    """`finews backfill`. With `ask` the plan is made first, and shown to it; None where it says no.

    Where another process is at the same wish, it is left to that one, which the report's note names.
    """
    with _backfilling(settings, wish.codes, quiet) as pipeline:
        backfill = open_wish(pipeline.database, wish)
        standing = standing_of(pipeline.database, backfill.id)
        if standing.progress.working:
            return taken(standing)
        if standing.progress.done:
            pipeline.progress.say(f"backfill {backfill.id} carries on: {standing.progress.done} are done")
        if ask and not ask(_planned(pipeline, backfill)):
            cancel(pipeline.database, backfill.id)
            return None
        if not prefect_configured():
            return _in_order(_run(pipeline, backfill.id), wish.codes or ())
    return _as_flow_run("backfill_flow", quiet, number=backfill.id)


def plan_known_backfill(settings: Settings, number: int, *, quiet: bool) -> Plan:
    """`finews backfills plan`."""
    with _backfilling(settings, None, quiet) as pipeline:
        return _steered(pipeline, lambda reins: plan_known(pipeline, number, reins))


def run_known_backfill(settings: Settings, number: int, *, quiet: bool) -> Report:
    """`finews backfills run`."""
    if prefect_configured():
        return _as_flow_run("backfill_flow", quiet, number=number)
    with _backfilling(settings, None, quiet) as pipeline:
        return _run(pipeline, number)


@contextmanager
def _backfilling(settings: Settings, codes: Sequence[str] | None, quiet: bool) -> Iterator[Pipeline]:
    crawling = crawl_processes(settings, LONG_LIST if codes is None else len(codes))
    with (
        shown_progress(quiet=quiet) as progress,
        Pipeline(settings, crawling=crawling, progress=progress, background=1) as pipeline,
    ):
        yield pipeline


def _planned(pipeline: Pipeline, backfill: Backfill) -> Plan:
    return _steered(pipeline, lambda reins: plan_backfill(pipeline, backfill, reins))


def _steered(pipeline: Pipeline, make: Callable[[Reins], Plan]) -> Plan:
    reins = Reins()
    with gentle_signals(reins, pipeline.progress):
        plan = make(reins)
    if reins.interrupted.is_set():
        raise KeyboardInterrupt
    return plan


def _in_order(report: Report, codes: Sequence[str]) -> Report:
    told = {each.info_code for each in report.results}
    order = {code: place for place, code in enumerate(codes) if code in told}
    results = sorted(report.results, key=lambda each: order.get(each.info_code, len(order)))
    return replace(report, results=results)


def _run(pipeline: Pipeline, number: int) -> Report:
    reins = Reins()
    with command_entered(pipeline.database, "start backfill", str(number)) as entry:
        with gentle_signals(reins, pipeline.progress):
            report = run_backfill(pipeline, number, reins)
        if reins.interrupted.is_set():
            pipeline.progress.say(report.note)
            raise KeyboardInterrupt
        entry.outcome = counted(report.counts)
    return report


def replay_payloads(settings: Settings, selection: Selection, *, quiet: bool) -> Report:
    """`finews replay` and `finews quarantine replay`; needs no crawl and no orchestrator."""
    reason = selection.sieve.reason if selection.sieve else selection.reason
    subject = about(selection.codes) if selection.codes else reason or selection.media or "all"
    with (
        shown_progress(quiet=quiet) as progress,
        Pipeline(settings, progress=progress) as pipeline,
        command_entered(pipeline.database, "replay", subject) as entry,
    ):
        report = replay(pipeline, selection)
        entry.outcome = counted(report.counts)
    return report


def compare_payloads(settings: Settings, selection: Selection, *, samples: int) -> dict[str, Any]:
    """`finews replay --diff`."""
    with shown_progress() as progress, Pipeline(settings, progress=progress) as pipeline:
        return compare(pipeline, selection, most=samples)


def _through(
    flow: str,
    use_case: Callable[[Pipeline], Report],
    settings: Settings,
    codes: Sequence[str] | None,
    quiet: bool,
    **parameters: Any,
) -> Report:
    """Runs a use case, or the flow of this name with these parameters, which calls the same."""
    if prefect_configured():
        return _as_flow_run(flow, quiet, **parameters)
    with (
        shown_progress(quiet=quiet) as progress,
        Pipeline(
            settings, crawling=crawl_processes(settings, len(codes or ())), progress=progress
        ) as pipeline,
    ):
        return use_case(pipeline)


def _as_flow_run(flow: str, quiet: bool, **parameters: Any) -> Report:
    from finews.flows import prefect_flows, prefect_upkeep

    found = {**vars(prefect_flows), **vars(prefect_upkeep)}[flow]
    return prefect_flows.as_flow_run(found, quiet=quiet, **parameters)
