"""Prefect flows: thin faces over the use cases, for schedules, workers, and commands with a Prefect API.

A step of a use case (a batch of links, the feeds) becomes a task run with retries; never one article.
"""

from __future__ import annotations

import logging
import os
from typing import Annotated, Any, Literal

import httpx
from prefect import Flow, flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.sorting import FlowRunSort
from prefect.events.worker import EventsWorker
from prefect.exceptions import PrefectException
from prefect.logging.handlers import APILogWorker
from prefect.runtime import flow_run
from pydantic import Field

from finews.flows.backfill import run_backfill
from finews.flows.backfill_plan import open_wish
from finews.flows.backfill_wish import wish_of
from finews.flows.crawl_rules import LONG_LIST
from finews.flows.ingest import ingest, read_links
from finews.flows.pipeline import Pipeline
from finews.flows.poll import known_feeds, poll
from finews.flows.prefect_run import Quiet, Reason, reason_of, run_pipeline, with_help
from finews.flows.prefect_shares import SHARE_FLOW, call_workers
from finews.flows.report import Report
from finews.schema.backfills import backfill_of
from finews.schema.database import Database
from finews.schema.errors import FinewsError, PrefectUnreachableError
from finews.schema.records import FEEDS
from finews.schema.settings import Settings

FeedName = Literal["rolling", "headlines", "37", "38", "39"]
Links = Annotated[list[str], Field(description="Articles in any form of link, or infoCodes")]
Feeds = Annotated[
    list[str] | None, Field(description="Only these: rolling, headlines, 37, 38, 39; none is all of them")
]
BackfillNumber = Annotated[int, Field(description="The backfill to work beside", ge=1)]
Day = Annotated[
    str | None,
    Field(
        description="A day (2026-01-31), a month (2026-01), or how long ago (7d), in China time; included",
        pattern=r"^[0-9T: +\-hmdwZ]{2,30}$",
    ),
]


def _run_name() -> str:
    """`ingest: 2 links`, `poll: all`, `poll: rolling 37`."""
    parameters = flow_run.get_parameters() or {}
    if parameters.get("number"):
        what = f"number {parameters['number']}"
    elif parameters.get("since") or parameters.get("until"):
        what = f"{parameters.get('since') or 'the beginning'} to {parameters.get('until') or 'now'}"
    elif parameters.get("links") is not None:
        number = len(parameters["links"])
        what = f"{number} link" if number == 1 else f"{number} links"
    else:
        feeds = parameters.get("feeds") or FEEDS
        what = "all" if set(feeds) == set(FEEDS) else " ".join(feeds)
    return f"{flow_run.get_flow_name()}: {what}"


@flow(
    name="ingest", flow_run_name=_run_name, description="Fetch articles by their links now, and publish them."
)
@with_help
def ingest_flow(links: Links, reason: Reason = "", quiet: Quiet = False) -> Report:
    """`links` in any form of the contract; raises InvalidLinksError before anything is fetched."""
    settings = Settings.load()
    codes = read_links([("", link) for link in links], settings)
    return run_pipeline(
        settings, len(codes), quiet, lambda pipeline: ingest(pipeline, codes, reason=reason_of(reason))
    )


@flow(
    name="poll",
    flow_run_name=_run_name,
    description="Read the feeds, fetch what is not known yet, publish it.",
)
@with_help
def poll_flow(feeds: Feeds = None, reason: Reason = "", quiet: Quiet = False) -> Report:
    """`feeds` by name; all where none is named."""
    settings = Settings.load()
    names = known_feeds(feeds or ())
    return run_pipeline(settings, 0, quiet, lambda pipeline: poll(pipeline, names, reason=reason_of(reason)))


@flow(
    name="backfill",
    flow_run_name=_run_name,
    description="Find out what is missing of a range of days, a feed or a list, and fetch it. "
    "Workers that are online take chunks of it.",
)
@with_help
def backfill_flow(
    since: Day = None,
    until: Day = None,
    media: Annotated[str | None, Field(description="Only articles of this media name, to the letter")] = None,
    feed: Annotated[
        FeedName | None, Field(description="What this feed lists, in place of the search")
    ] = None,
    gaps: Annotated[bool, Field(description="Only days that reconciliation calls incomplete")] = False,
    links: Annotated[list[str] | None, Field(description="Exactly these articles")] = None,
    force: Annotated[bool, Field(description="Fetch present articles again, and record edits")] = False,
    number: Annotated[int | None, Field(description="A backfill that was planned or stopped", ge=1)] = None,
    reason: Reason = "",
    quiet: Quiet = False,
) -> Report:
    """Raises RequestError or InvalidLinksError before anything is fetched."""
    settings = Settings.load()
    wish = None
    if number is None:
        codes = None if links is None else read_links([("", link) for link in links], settings)
        wish = wish_of(since=since, until=until, media=media, feed=feed, gaps=gaps, force=force, codes=codes)

    def work(pipeline: Pipeline) -> Report:
        known = number or open_wish(pipeline.database, wish).id if wish else number
        assert known is not None
        return run_backfill(pipeline, known, reason=reason_of(reason), call=call_workers)

    return run_pipeline(settings, LONG_LIST, quiet, work, background=1)


@flow(
    name=SHARE_FLOW,
    flow_run_name="backfill {number}",
    description="Work beside the backfill that called for it, until nothing is left to take.",
)
@with_help
def backfill_share_flow(number: BackfillNumber, reason: Reason = "", quiet: Quiet = True) -> Report:
    """Raises RequestError for a backfill that is over."""
    settings = Settings.load()
    with Database(settings) as database, database.transaction() as connection:
        processes = backfill_of(connection, number).processes
    return run_pipeline(
        settings,
        LONG_LIST,
        quiet,
        lambda pipeline: run_backfill(pipeline, number, reason=reason, joining=True),
        background=processes,
    )


def as_flow_run(given: Flow[..., Report], *, quiet: bool, **parameters: Any) -> Report:
    """Runs a flow in this process, under the configured Prefect API; raises PrefectUnreachableError."""
    look_for_server()
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


def _without_traceback(record: logging.LogRecord) -> bool:
    if record.exc_info and isinstance(record.exc_info[1], FinewsError):
        # The command line says it in one line; the run's page shows its own state message.
        record.exc_info = None
    return True


def look_for_server() -> None:
    """Raises PrefectUnreachableError where the configured server does not answer."""
    address = os.environ["PREFECT_API_URL"].rstrip("/")
    try:
        httpx.get(f"{address}/health", timeout=10).raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise PrefectUnreachableError(
            f"{address.rpartition('@')[2]} ({type(error).__name__})",
            advice="Start it, or unset PREFECT_API_URL to run without it",
        ) from None
