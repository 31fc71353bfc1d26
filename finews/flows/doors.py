"""The doors to a use case: in this process at once, or as a flow run where a Prefect API is configured."""

from __future__ import annotations

import os
from collections.abc import Sequence

from finews.flows.backfill import backfill_links
from finews.flows.ingest import ingest
from finews.flows.pipeline import Pipeline, crawl_processes
from finews.flows.poll import poll
from finews.flows.progress import shown_progress
from finews.flows.replay import replay
from finews.flows.report import Report
from finews.schema.settings import Settings


def prefect_configured() -> bool:
    """Whether commands run as flow runs: `PREFECT_API_URL` says where."""
    return bool(os.environ.get("PREFECT_API_URL"))


def ingest_links(settings: Settings, codes: Sequence[str], *, quiet: bool) -> Report:
    """`finews ingest`."""
    if prefect_configured():
        from finews.flows.prefect_flows import as_flow_run, ingest_flow

        return as_flow_run(ingest_flow, quiet=quiet, links=list(codes))
    with (
        shown_progress(quiet=quiet) as progress,
        Pipeline(settings, crawling=crawl_processes(settings, codes), progress=progress) as pipeline,
    ):
        return ingest(pipeline, codes)


def poll_feeds(settings: Settings, feeds: Sequence[str], *, quiet: bool) -> Report:
    """`finews poll`."""
    if prefect_configured():
        from finews.flows.prefect_flows import as_flow_run, poll_flow

        return as_flow_run(poll_flow, quiet=quiet, feeds=list(feeds))
    with (
        shown_progress(quiet=quiet) as progress,
        Pipeline(settings, crawling=crawl_processes(settings, None), progress=progress) as pipeline,
    ):
        return poll(pipeline, feeds)


def backfill_from_links(settings: Settings, codes: Sequence[str], *, force: bool, quiet: bool) -> Report:
    """`finews backfill --file`."""
    if prefect_configured():
        from finews.flows.prefect_flows import as_flow_run, backfill_flow

        return as_flow_run(backfill_flow, quiet=quiet, links=list(codes), force=force)
    with (
        shown_progress(quiet=quiet) as progress,
        Pipeline(settings, crawling=crawl_processes(settings, codes), progress=progress) as pipeline,
    ):
        return backfill_links(pipeline, codes, force=force)


def replay_payloads(
    settings: Settings,
    *,
    codes: Sequence[str],
    reason: str | None,
    everything: bool,
    quarantine: bool,
    quiet: bool,
) -> Report:
    """`finews replay` and `finews quarantine replay`; needs no crawl and no orchestrator."""
    with shown_progress(quiet=quiet) as progress, Pipeline(settings, progress=progress) as pipeline:
        return replay(pipeline, codes=codes, reason=reason, everything=everything, quarantine=quarantine)
