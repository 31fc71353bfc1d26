"""The worker of `finews up`: makes the flows known, tidies up after a crash, asks for a poll at once, and works.

`python -m finews.flows.deployment_worker POOL NAME`; the process becomes the worker.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import httpx
import psutil
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.deployments import run_deployment
from prefect.exceptions import PrefectException
from prefect.states import Crashed

from finews.flows.deployments import NAME, deploy
from finews.flows.prefect_flows import send_what_is_left
from finews.flows.worker_program import worker_program
from finews.schema.errors import FinewsError, PrefectUnreachableError

_AT_WORK: Final = [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]


def main(arguments: Sequence[str]) -> None:
    """Deploys and becomes the worker; ends with an error's exit status and one line where that fails."""
    pool, name = arguments
    try:
        deploy(pool)
        give_up_lost_runs(pool)
        poll_now()
    except FinewsError as error:
        sys.exit(f"finews: {error}")
    send_what_is_left()
    program = worker_program(pool, name=name)
    os.execv(program[0], program)  # noqa: S606 - our own interpreter, no shell


def give_up_lost_runs(pool: str) -> int:
    """Marks the runs of a pool as crashed whose process is not there any more; returns how many.

    For a pool whose worker is just about to start, on the only machine that it works on. A run that is lost would
    hold its place among those that run one at a time. Raises PrefectUnreachableError.
    """
    lost = 0
    try:
        with get_client(sync_client=True) as client:
            at_work = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=_AT_WORK)))
            for run in client.read_flow_runs(flow_run_filter=at_work):
                if run.work_pool_name == pool and not _lives(run):
                    _give_up(client, run)
                    lost += 1
    except (httpx.HTTPError, PrefectException) as error:
        raise PrefectUnreachableError(f"it did not tell its runs ({type(error).__name__})") from error
    return lost


def poll_now() -> None:
    """Asks for a poll at once; where one is at work already, the server says so and that is well."""
    with suppress(httpx.HTTPError, PrefectException):
        run_deployment(
            f"poll/{NAME}", parameters={"reason": "the service started"}, timeout=0, as_subflow=False
        )


def _give_up(client: SyncPrefectClient, run: FlowRun) -> None:
    words = f"its process is not there any more on {socket.gethostname()}"
    client.set_flow_run_state(run.id, Crashed(message=words), force=True)


def _lives(run: FlowRun) -> bool:
    """Whether the process of a run is there: one of Prefect's engine under the number that the run noted."""
    try:
        command = psutil.Process(int(run.infrastructure_pid or "")).cmdline()
    except (ValueError, psutil.Error):
        return False
    return any("prefect" in each for each in command)


if __name__ == "__main__":
    main(sys.argv[1:])
