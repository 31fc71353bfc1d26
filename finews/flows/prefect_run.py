"""One use case as a flow run: its pipeline, its steps as tasks, its progress, its results, and why and when it is."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Final, TypeVar, get_type_hints

from prefect import task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.context import FlowRunContext
from prefect.runtime import flow_run
from pydantic import Field
from pydantic.fields import FieldInfo

from finews.flows.pipeline import Pipeline, crawl_processes
from finews.flows.prefect_missed import take_off_missed
from finews.flows.prefect_progress import Artifact
from finews.flows.progress import shown_progress
from finews.flows.rates import BACKFILL
from finews.flows.report import Report
from finews.schema.errors import ServiceError
from finews.schema.records import Result
from finews.schema.settings import Settings

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])
Reason = Annotated[str, Field(description="Why; it is kept in the ledger")]
Quiet = Annotated[bool, Field(description="Without progress in the log")]
_ROWS_SHOWN = 200
"""Articles in a run's result table; the ledger has all of them."""
_NOTHING: Final = [{"article": "", "outcome": "nothing new", "reason": "", "post": "", "link": ""}]


def with_help(function: F) -> F:
    """Writes the help of parameters, which stands in their types, to where Prefect reads it: below the docstring."""
    lines = [
        f"    {name}: {field.description}"
        for name, hint in get_type_hints(function, include_extras=True).items()
        for field in getattr(hint, "__metadata__", ())
        if isinstance(field, FieldInfo) and field.description
    ]
    function.__doc__ = "\n".join([inspect.getdoc(function) or "", "", "Args:", *lines])
    return function


def run_pipeline(
    settings: Settings,
    links: int | None,
    quiet: bool,
    work: Callable[[Pipeline], Report],
    *,
    background: int = 0,
    kind: str = BACKFILL,
) -> Report:
    """Does `work` on an open pipeline, with a crawl for so many links, or without one, and shows what came of it."""
    take_off_missed()
    with (
        shown_progress(quiet=quiet) as progress,
        Pipeline(
            settings,
            crawling=0 if links is None else crawl_processes(settings, links),
            progress=Artifact(progress),
            step=_as_task,
            flow_run=str(flow_run.get_id() or ""),
            scheduled_for=scheduled_for(),
            background=background,
            kind=kind,
        ) as pipeline,
    ):
        report = work(pipeline)
    _show(report, settings)
    return report


def reason_of(given: str) -> str:
    """Why this flow run is: what its caller said, `schedule`, or that somebody started it in Prefect.

    Empty for a command that runs as a flow: it has words of its own.
    """
    context = FlowRunContext.get()
    if given or context is None or context.flow_run is None or context.flow_run.deployment_id is None:
        return given
    return "schedule" if context.flow_run.auto_scheduled else "started in Prefect"


def scheduled_for() -> datetime | None:
    """When this flow run should have begun; None for a command that runs as a flow: it begins when it is called."""
    context = FlowRunContext.get()
    if context is None or context.flow_run is None or context.flow_run.deployment_id is None:
        return None
    return context.flow_run.expected_start_time


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


def _show(report: Report, settings: Settings) -> None:
    rows = [_row(each, settings) for each in report.results[:_ROWS_SHOWN]]
    done = {name: number for name, number in report.extra.items() if type(number) is int}
    counts = ", ".join(f"{number} {name}" for name, number in {**report.counts, **done}.items() if number)
    page = settings.console_page(f"/runs/{report.run}")
    run = f"[Run {report.run}]({page})" if page else f"Run {report.run}"
    create_table_artifact(
        key=f"{report.kind}-result",
        table=rows or [{"what": name, "number": number} for name, number in done.items()] or _NOTHING,
        description=f"{run}: {report.note or counts or 'nothing to do'}",
    )


def _row(result: Result, settings: Settings) -> dict[str, Any]:
    page = settings.console_page(f"/articles/{result.info_code}")
    return {
        "article": result.info_code,
        "outcome": result.outcome.value,
        "reason": result.reason,
        "post": result.post or "",
        "link": settings.share_link(result.info_code),
        **({"console": page} if page else {}),
    }
