"""Prefect flows: thin faces over the use cases, for schedules, workers, and commands with a Prefect API.

A step of a use case (a batch of links, the feeds) becomes a task run with retries; never one article.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import httpx
from prefect import Flow, flow, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import get_client
from prefect.client.schemas.sorting import FlowRunSort
from prefect.events.worker import EventsWorker
from prefect.exceptions import PrefectException
from prefect.logging.handlers import APILogWorker
from prefect.runtime import flow_run

from finews.flows.backfill import backfill_links
from finews.flows.ingest import ingest, read_links
from finews.flows.pipeline import Pipeline, crawl_processes
from finews.flows.poll import known_feeds, poll
from finews.flows.progress import shown_progress
from finews.flows.report import Report
from finews.schema.errors import FinewsError, PrefectUnreachableError, ServiceError
from finews.schema.records import FEEDS
from finews.schema.settings import Settings

T = TypeVar("T")
_ROWS_SHOWN = 200
"""Articles in a run's result table; the ledger has all of them."""


def _run_name() -> str:
    """`ingest: 2 links`, `poll: all`, `poll: rolling 37`."""
    parameters = flow_run.get_parameters() or {}
    if "links" in parameters:
        number = len(parameters["links"])
        what = f"{number} link" if number == 1 else f"{number} links"
    else:
        feeds = parameters.get("feeds") or FEEDS
        what = "all" if set(feeds) == set(FEEDS) else " ".join(feeds)
    return f"{flow_run.get_flow_name()}: {what}"


@flow(
    name="ingest", flow_run_name=_run_name, description="Fetch articles by their links now, and publish them."
)
def ingest_flow(links: list[str], reason: str = "", quiet: bool = False) -> Report:
    """`links` in any form of the contract; raises InvalidLinksError before anything is fetched."""
    settings = Settings.load()
    codes = read_links([("", link) for link in links], settings)
    return _run(settings, codes, quiet, lambda pipeline: ingest(pipeline, codes, reason=reason))


@flow(
    name="poll",
    flow_run_name=_run_name,
    description="Read the feeds, fetch what is not known yet, publish it.",
)
def poll_flow(feeds: list[str] | None = None, reason: str = "", quiet: bool = False) -> Report:
    """`feeds` by name; all where none is named."""
    settings = Settings.load()
    names = known_feeds(feeds or ())
    return _run(settings, None, quiet, lambda pipeline: poll(pipeline, names, reason=reason))


@flow(
    name="backfill", flow_run_name=_run_name, description="Fetch those articles of a list that are missing."
)
def backfill_flow(links: list[str], force: bool = False, reason: str = "", quiet: bool = False) -> Report:
    """`links` in any form of the contract; `force` fetches present articles again."""
    settings = Settings.load()
    codes = read_links([("", link) for link in links], settings)
    return _run(
        settings, codes, quiet, lambda pipeline: backfill_links(pipeline, codes, force=force, reason=reason)
    )


def as_flow_run(given: Flow[..., Report], *, quiet: bool, **parameters: Any) -> Report:
    """Runs a flow in this process, under the configured Prefect API; raises PrefectUnreachableError."""
    _look_for_server()
    for handler in logging.getLogger("prefect").handlers:
        handler.addFilter(_without_traceback)
    try:
        report: Report = given(**parameters, quiet=quiet)
    except (httpx.HTTPError, PrefectException) as error:
        raise PrefectUnreachableError(
            f"it went away or refused the run ({type(error).__name__})",
            advice="What was committed is kept; run the command again",
        ) from error
    return report


def flow_runs() -> list[tuple[str, str]]:
    """Name and state of the server's flow runs, oldest first."""
    with get_client(sync_client=True) as client:
        runs = client.read_flow_runs(sort=FlowRunSort.START_TIME_ASC)
    return [(each.name, each.state_name or "unknown") for each in runs]


def send_what_is_left() -> None:
    """Sends logs and events that wait for the server; for a caller that is about to stop that server."""
    APILogWorker.drain_all(timeout=10)
    EventsWorker.drain_all(timeout=10)


def _run(
    settings: Settings, codes: Sequence[str] | None, quiet: bool, work: Callable[[Pipeline], Report]
) -> Report:
    with (
        shown_progress(quiet=quiet) as progress,
        Pipeline(
            settings,
            crawling=crawl_processes(settings, codes),
            progress=progress,
            step=_as_task,
            flow_run=str(flow_run.get_id() or ""),
        ) as pipeline,
    ):
        report = work(pipeline)
    _show(report)
    return report


def _as_task(name: str, work: Callable[[], T]) -> T:
    as_task = task(
        name=name,
        retries=2,
        retry_delay_seconds=[2, 10],
        retry_condition_fn=_is_passing,
        cache_policy=NO_CACHE,
        persist_result=False,
    )
    found: T = as_task(work)()
    return found


def _is_passing(_task: object, _run: object, state: Any) -> bool:
    """Only a service that may come back is worth another try; a bug or a wrong request is not."""
    return isinstance(state.result(raise_on_failure=False), ServiceError)


def _show(report: Report) -> None:
    rows: list[dict[str, Any]] = [
        {
            "article": each.info_code,
            "outcome": each.outcome.value,
            "reason": each.reason,
            "post": each.post or "",
        }
        for each in report.results[:_ROWS_SHOWN]
    ]
    counts = ", ".join(f"{number} {name}" for name, number in report.counts.items() if number)
    create_table_artifact(
        key=f"{report.kind}-result",
        table=rows or [{"article": "", "outcome": "nothing new", "reason": "", "post": ""}],
        description=f"Run {report.run}: {counts or 'nothing to do'}",
    )


def _without_traceback(record: logging.LogRecord) -> bool:
    if record.exc_info and isinstance(record.exc_info[1], FinewsError):
        # The command line says it in one line; the run's page shows its own state message.
        record.exc_info = None
    return True


def _look_for_server() -> None:
    address = os.environ["PREFECT_API_URL"].rstrip("/")
    try:
        httpx.get(f"{address}/health", timeout=10).raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise PrefectUnreachableError(
            f"{address.rpartition('@')[2]} ({type(error).__name__})",
            advice="Start it, or unset PREFECT_API_URL to run without it",
        ) from None
