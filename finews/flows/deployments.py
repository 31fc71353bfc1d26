"""Deployments: the flows made known to a Prefect server, with their schedules, for its workers to run."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

import httpx
from prefect import Flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.deployments.runner import RunnerDeployment
from prefect.exceptions import ObjectAlreadyExists, PrefectException
from prefect.schedules import Cron, Interval, Schedule
from prefect.types.entrypoint import EntrypointType

from finews.flows.prefect_flows import (
    backfill_flow,
    backfill_share_flow,
    ingest_flow,
    look_for_server,
    poll_flow,
)
from finews.flows.prefect_upkeep import (
    alerts_flow,
    publish_flow,
    recheck_flow,
    reconcile_flow,
    replay_flow,
    retention_flow,
    retry_due_flow,
)
from finews.schema.errors import PrefectUnreachableError
from finews.schema.settings import Settings

NAME: Final = "finews"
"""What each deployment is called: `poll/finews`."""
_TAG = "finews"

When = Callable[[Settings], Schedule]


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """A flow as it is made known: when it runs by itself, with which parameters and tags, whether one at a time.

    Of a flow that runs one at a time a run that finds another at work is cancelled: what was missed in an outage
    does not pile up.
    """

    flow: Flow[..., Any]
    when: When | None = None
    parameters: Callable[[Settings], dict[str, Any]] = lambda _settings: {}
    tags: tuple[str, ...] = ()
    alone: bool = False


def every(**length: float) -> When:
    """Again and again after this time."""
    return lambda _settings: Interval(timedelta(**length))


def daily(at: str) -> When:
    """Each day at this time of China, `03:30`."""
    hour, minute = map(int, at.split(":"))
    return lambda _settings: Cron(f"{minute} {hour} * * *", timezone="Asia/Shanghai")


def _between_polls(settings: Settings) -> Schedule:
    return Interval(timedelta(seconds=settings.poll_seconds))


def _publishing(settings: Settings) -> dict[str, Any]:
    return {"build": settings.publish_build, "git": settings.publish_git}


DEPLOYED: Final = (
    Deployed(flow=ingest_flow, tags=("by hand",)),
    Deployed(flow=poll_flow, when=_between_polls, tags=("source",), alone=True),
    Deployed(flow=retry_due_flow, when=every(minutes=5), tags=("source",), alone=True),
    Deployed(flow=backfill_flow, tags=("source", "by hand")),
    Deployed(flow=backfill_share_flow, tags=("source",)),
    Deployed(flow=replay_flow, tags=("by hand",)),
    Deployed(flow=recheck_flow, when=every(minutes=5), tags=("source",), alone=True),
    Deployed(flow=retention_flow, when=daily("04:30"), tags=("database",), alone=True),
    Deployed(flow=alerts_flow, when=every(minutes=1), tags=("alerts",), alone=True),
    Deployed(flow=publish_flow, when=every(minutes=5), parameters=_publishing, tags=("site",), alone=True),
    Deployed(flow=reconcile_flow, when=daily("03:30"), tags=("site",), alone=True),
)
"""All that Prefect knows of us, a line each."""


def deploy(pool: str, *, schedules: bool = True) -> list[str]:
    """Makes every flow known under `<flow>/finews` to a pool of processes, which is made where it is missing.

    Without `schedules` they run only when somebody starts them. Workers need this package and the same settings.
    Returns the names; raises PrefectUnreachableError.
    """
    look_for_server()
    settings = Settings.load()
    try:
        with get_client(sync_client=True) as client, suppress(ObjectAlreadyExists):
            client.create_work_pool(WorkPoolCreate(name=pool, type="process"))
        names = []
        for each in DEPLOYED:
            known = each if schedules else replace(each, when=None)
            deployment_of(known, pool, settings).apply()
            names.append(f"{each.flow.name}/{NAME}")
    except (httpx.HTTPError, PrefectException) as error:
        raise PrefectUnreachableError(f"it refused the deployments ({type(error).__name__})") from error
    return names


def deployment_of(each: Deployed, pool: str, settings: Settings) -> RunnerDeployment:
    """What Prefect is told of a flow."""
    one = ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW)
    return RunnerDeployment.from_flow(
        each.flow,
        name=NAME,
        description=each.flow.description,
        tags=[_TAG, *each.tags],
        schedule=each.when(settings) if each.when else None,
        parameters=each.parameters(settings),
        concurrency_limit=one if each.alone else None,
        work_pool_name=pool,
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
