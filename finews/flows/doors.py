"""The doors to a use case: in this process at once, or as a flow run where a Prefect API is configured."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

from finews.flows.backfill import backfill_links
from finews.flows.ingest import ingest
from finews.flows.pipeline import Pipeline, crawl_processes
from finews.flows.poll import poll
from finews.flows.progress import shown_progress
from finews.flows.replay import replay
from finews.flows.replay_diff import compare
from finews.flows.report import Report
from finews.schema.replayable import Selection
from finews.schema.settings import Settings


def prefect_configured() -> bool:
    """Whether commands run as flow runs: `PREFECT_API_URL` says where."""
    return bool(os.environ.get("PREFECT_API_URL"))


def ingest_links(settings: Settings, codes: Sequence[str], *, quiet: bool) -> Report:
    """`finews ingest`."""
    return _through(
        "ingest_flow", lambda pipeline: ingest(pipeline, codes), settings, codes, quiet, links=list(codes)
    )


def poll_feeds(settings: Settings, feeds: Sequence[str], *, quiet: bool) -> Report:
    """`finews poll`."""
    return _through(
        "poll_flow", lambda pipeline: poll(pipeline, feeds), settings, None, quiet, feeds=list(feeds)
    )


def backfill_from_links(settings: Settings, codes: Sequence[str], *, force: bool, quiet: bool) -> Report:
    """`finews backfill --file`."""
    return _through(
        "backfill_flow",
        lambda pipeline: backfill_links(pipeline, codes, force=force),
        settings,
        codes,
        quiet,
        links=list(codes),
        force=force,
    )


def replay_payloads(settings: Settings, selection: Selection, *, quiet: bool) -> Report:
    """`finews replay` and `finews quarantine replay`; needs no crawl and no orchestrator."""
    with shown_progress(quiet=quiet) as progress, Pipeline(settings, progress=progress) as pipeline:
        return replay(pipeline, selection)


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
        from finews.flows import prefect_flows

        return prefect_flows.as_flow_run(getattr(prefect_flows, flow), quiet=quiet, **parameters)
    with (
        shown_progress(quiet=quiet) as progress,
        Pipeline(settings, crawling=crawl_processes(settings, codes), progress=progress) as pipeline,
    ):
        return use_case(pipeline)
