"""Deployments: the flows made known to a Prefect server, for its workers to run."""

from __future__ import annotations

from contextlib import suppress

import httpx
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.deployments.runner import RunnerDeployment
from prefect.exceptions import ObjectAlreadyExists, PrefectException
from prefect.types.entrypoint import EntrypointType

from finews.flows.prefect_flows import (
    backfill_flow,
    backfill_share_flow,
    ingest_flow,
    look_for_server,
    poll_flow,
)
from finews.schema.errors import PrefectUnreachableError

_FLOWS = (ingest_flow, poll_flow, backfill_flow, backfill_share_flow)


def deploy(pool: str) -> list[str]:
    """Makes every flow known under `<flow>/finews` to a pool of processes, which is made where it is missing.

    Workers need this package and the same settings. Returns the names; raises PrefectUnreachableError.
    """
    look_for_server()
    try:
        with get_client(sync_client=True) as client, suppress(ObjectAlreadyExists):
            client.create_work_pool(WorkPoolCreate(name=pool, type="process"))
        names = []
        for flow in _FLOWS:
            RunnerDeployment.from_flow(
                flow, name="finews", work_pool_name=pool, entrypoint_type=EntrypointType.MODULE_PATH
            ).apply()
            names.append(f"{flow.name}/finews")
    except (httpx.HTTPError, PrefectException) as error:
        raise PrefectUnreachableError(f"it refused the deployments ({type(error).__name__})") from error
    return names
