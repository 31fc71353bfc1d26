"""Prefect flows that keep the house: what is due, posts from stored payloads, the site, and the comparison of all."""

from __future__ import annotations

from typing import Annotated, Any

from prefect import flow
from prefect.runtime import flow_run
from pydantic import Field

from finews.flows.alerts import check_all
from finews.flows.normalise import VERSION
from finews.flows.pipeline import Pipeline
from finews.flows.prefect_flows import Day
from finews.flows.prefect_missed import take_off_missed
from finews.flows.prefect_run import Quiet, Reason, reason_of, run_pipeline, with_help
from finews.flows.publish_site import publish_site
from finews.flows.rates import RECHECK
from finews.flows.recheck import recheck
from finews.flows.reconcile import reconcile
from finews.flows.reconcile_fix import fix as repair
from finews.flows.replay import replay
from finews.flows.report import Report
from finews.flows.retention import Terms, retain
from finews.flows.retry import retry_due
from finews.flows.time_range import day_range, time_range
from finews.schema.ledger import note_detail
from finews.schema.replayable import Selection
from finews.schema.settings import Settings

MendIt = Annotated[bool, Field(description="Repair what needs no request, and compare again")]
_SILENT = frozenset({"reason", "quiet"})


def _run_name() -> str:
    """`publish`, `publish: build git`, `replay: since 7d`: the flow, and the parameters that are set."""
    set_ones = {
        name: value
        for name, value in (flow_run.get_parameters() or {}).items()
        if value and name not in _SILENT
    }
    words = " ".join(name if value is True else f"{name} {value}" for name, value in set_ones.items())
    return f"{flow_run.get_flow_name()}: {words}" if words else str(flow_run.get_flow_name())


@flow(
    name="retry-due",
    flow_run_name=_run_name,
    description="Ask again for what failed and whose time has come, without the feeds.",
)
@with_help
def retry_due_flow(reason: Reason = "", quiet: Quiet = False) -> Report:
    """Everything that is due, once."""
    settings = Settings.load()
    return run_pipeline(settings, 0, quiet, lambda pipeline: retry_due(pipeline, reason=reason_of(reason)))


@flow(
    name="recheck",
    flow_run_name=_run_name,
    description="Ask again for young articles whose time has come, and publish what the source has edited.",
)
@with_help
def recheck_flow(reason: Reason = "", quiet: Quiet = False) -> Report:
    """At most FINEWS_RECHECK_MOST articles, with the part of the rate that rechecks have."""
    return run_pipeline(
        Settings.load(),
        0,
        quiet,
        lambda pipeline: recheck(pipeline, reason=reason_of(reason)),
        background=1,
        kind=RECHECK,
    )


@flow(
    name="retention",
    flow_run_name=_run_name,
    description="Pack or drop the payloads of articles that are long settled, and roll up their events, as the "
    "settings say; by default everything is kept.",
)
@with_help
def retention_flow(reason: Reason = "", quiet: Quiet = False) -> Report:
    """What was saved, in the result table's description."""
    settings = Settings.load()
    terms = Terms.of(settings)

    def work(pipeline: Pipeline) -> Report:
        run, kept = retain(pipeline, terms, reason=reason_of(reason))
        return Report(run=run, kind="retention", extra=kept.as_json())

    return run_pipeline(settings, None, quiet, work)


@flow(
    name="alerts",
    flow_run_name=_run_name,
    description="Look at everything once, and send what there is to tell to FINEWS_ALERTS_TO.",
    retries=1,
    retry_delay_seconds=10,
)
def alerts_flow() -> dict[str, Any]:
    """What `finews alerts check --json` prints; raises the ServiceError that says why the database is away."""
    take_off_missed()
    found = check_all(Settings.load())
    if found.away:
        raise found.away
    return found.as_json()


@flow(
    name="replay",
    flow_run_name=_run_name,
    description="Make posts again from stored payloads, without one request. All that is set holds together; "
    "nothing set is everything.",
)
@with_help
def replay_flow(
    since: Annotated[
        str | None, Field(description="Only payloads fetched since: 2026-01-05, 2026-01-05T09:30, 2h, 7d")
    ] = None,
    media: Annotated[str | None, Field(description="Only articles of this media name, to the letter")] = None,
    waiting_for: Annotated[
        str | None, Field(description="Only what waits in quarantine for this reason")
    ] = None,
    behind: Annotated[bool, Field(description="Only what an earlier normaliser made")] = False,
    reason: Reason = "",
    quiet: Quiet = False,
) -> Report:
    """Raises RequestError or UnknownNameError before anything is read."""
    selection = Selection(
        reason=waiting_for,
        since=time_range(since).since if since else None,
        media=media,
        behind=VERSION if behind else None,
    )
    return run_pipeline(
        Settings.load(), None, quiet, lambda pipeline: replay(pipeline, selection, why=reason_of(reason))
    )


@flow(
    name="publish",
    flow_run_name=_run_name,
    description="Bring the site in line with the rows; on request build it, and push it with git.",
)
@with_help
def publish_flow(
    build: Annotated[bool, Field(description="Then build the site with Jekyll")] = False,
    git: Annotated[bool, Field(description="Then commit the site's tree and push it")] = False,
    verify: Annotated[bool, Field(description="Read every post, however its file looks")] = False,
    reason: Reason = "",
    quiet: Quiet = False,
) -> Report:
    """Raises SiteUnwritableError, and what building and pushing raise."""
    settings = Settings.load()

    def work(pipeline: Pipeline) -> Report:
        with pipeline.run("publish", reason_of(reason) or "by hand") as run:
            counts = pipeline.step(
                "publish",
                lambda: publish_site(pipeline.database, settings, pipeline.progress, verify=verify),
            )
            found: dict[str, Any] = {**counts}
            if build:
                from finews.flows.site_build import build_site

                pipeline.step("build the site", lambda: build_site(settings))
                found["built"] = True
            if git:
                from finews.flows.site_git import commit_site

                committed = pipeline.step("commit and push", lambda: commit_site(settings))
                found |= {"commit": committed.commit, "pushed": committed.pushed}
            pipeline.lasting(lambda: _note(pipeline, run.number, published=found))
        left = counts["orphans_left"]
        return Report(
            run=run.number,
            kind="publish",
            extra=found,
            amiss=bool(left),
            note=f"{left} posts belong to no article of this database and were left alone" if left else "",
        )

    return run_pipeline(settings, None, quiet, work)


@flow(
    name="reconcile",
    flow_run_name=_run_name,
    description="Compare what was listed, what is known, rows and posts, day by day.",
)
@with_help
def reconcile_flow(
    since: Day = None, until: Day = None, fix: MendIt = False, reason: Reason = "", quiet: Quiet = False
) -> Report:
    """Raises RequestError before anything is read; what is off is told, and no failed run."""
    settings = Settings.load()
    first, last = day_range(since, until)

    def work(pipeline: Pipeline) -> Report:
        words = reason_of(reason) or "by hand"
        fixed: dict[str, int] = {}
        if fix:
            _, fixed = repair(pipeline, first=first, last=last, reason=words)
        with pipeline.run("reconcile", words) as run:
            found = pipeline.step(
                "compare",
                lambda: reconcile(
                    pipeline.database, settings, first=first, last=last, progress=pipeline.progress
                ),
            )
            counts = {kind: number for kind, number in found.counts.items() if number}
            pipeline.lasting(lambda: _note(pipeline, run.number, clean=found.clean, found=counts))
        return Report(
            run=run.number,
            kind="reconcile",
            amiss=not found.clean,
            extra={**counts, **{f"fixed {kind}": number for kind, number in fixed.items()}},
        )

    return run_pipeline(settings, None, quiet, work)


def _note(pipeline: Pipeline, run: int, **detail: object) -> None:
    with pipeline.database.transaction() as connection:
        note_detail(connection, run, **detail)
