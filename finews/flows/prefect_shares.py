"""Workers that join in: each online worker of a pool that has the deployment takes a share of a backfill."""

from __future__ import annotations

import logging
from typing import Final

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import FlowFilter, FlowFilterName
from prefect.client.schemas.objects import WorkerStatus
from prefect.deployments import run_deployment
from prefect.exceptions import PrefectException

SHARE_FLOW: Final = "backfill-share"
"""The flow that a worker runs to work beside the backfill that called it."""

_log = logging.getLogger(__name__)


def call_workers(number: int, most: int) -> int:
    """Has up to `most` workers join backfill `number`, one flow run each; returns how many were called.

    A pool counts as many as it has workers that are online. Where the server does not answer, nobody is called:
    the one who calls does all of the work.
    """
    called = 0
    try:
        with get_client(sync_client=True) as client:
            for deployment in client.read_deployments(
                flow_filter=FlowFilter(name=FlowFilterName(any_=[SHARE_FLOW]))
            ):
                pool = deployment.work_pool_name
                for _ in range(
                    min(most - called, _online(client, pool) if pool and not deployment.paused else 0)
                ):
                    run_deployment(deployment.id, parameters={"number": number}, timeout=0, as_subflow=True)
                    called += 1
    except (httpx.HTTPError, PrefectException) as error:
        _log.warning("no worker was called (%s); the work goes on without", type(error).__name__)
    return called


def _online(client: SyncPrefectClient, pool: str) -> int:
    workers = client.read_workers_for_work_pool(pool)
    return len([each for each in workers if each.status is WorkerStatus.ONLINE])
