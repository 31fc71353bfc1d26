"""Runs that an outage left behind: the first that comes does the work of all, and takes the others off the list.

The server cancels what comes while another of its kind is at work. A worker that takes one at a time would never let
them meet: it would start each of hundreds, only for it to find that it is late.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.context import FlowRunContext
from prefect.exceptions import PrefectException
from prefect.states import Cancelled

_PAGE: Final = 200
_log = logging.getLogger(__name__)


def take_off_missed() -> int:
    """Cancels the scheduled runs of this run's deployment whose time has gone by; returns how many.

    Only a scheduled run does so, and what somebody asked for is left alone. A server that does not answer is no
    trouble: each of them then finds out by itself that it is late.
    """
    context = FlowRunContext.get()
    run = context.flow_run if context else None
    if run is None or run.deployment_id is None or not run.auto_scheduled:
        return 0
    taken: set[UUID] = set()
    try:
        with get_client(sync_client=True) as client:
            # A server that keeps one of them on the list in spite of us is not asked again for it.
            while missed := [each for each in _missed(client, run) if each.id not in taken]:
                for each in missed:
                    client.set_flow_run_state(
                        each.id, Cancelled(message=f"run {run.name} does its work, too")
                    )
                    taken.add(each.id)
    except (httpx.HTTPError, PrefectException) as error:
        _log.warning("runs that were missed stay on the list (%s)", type(error).__name__)
    return len(taken)


def _missed(client: SyncPrefectClient, run: FlowRun) -> list[FlowRun]:
    assert run.deployment_id is not None
    found = client.read_flow_runs(
        flow_run_filter=FlowRunFilter(
            deployment_id=FlowRunFilterDeploymentId(any_=[run.deployment_id]),
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED])),
            expected_start_time=FlowRunFilterExpectedStartTime(before_=datetime.now(UTC)),
        ),
        limit=_PAGE,
    )
    return [each for each in found if each.auto_scheduled and each.id != run.id]
