"""A Prefect worker in the foreground, with a leash: it ends in order with its terminal, and at once with its parent."""

from __future__ import annotations

from typing import Final

from finews.flows.leashed import Leashed
from finews.flows.worker_program import worker_environment, worker_program
from finews.schema.errors import WorkerDiedError
from finews.schema.settings import Settings

_GRACE: Final = 20.0
"""Seconds that flows have to come to their end by themselves."""


def work_here(settings: Settings, pool: str, *, name: str, limit: int | None, health: bool = False) -> None:
    """Works until it is interrupted; then what is under way has some time to come to its end.

    Raises WorkerDiedError where the worker ends by itself.
    """
    worker = Leashed(
        worker_program(pool, name=name, limit=limit, health=health),
        environment=worker_environment(settings),
        log=None,
        grace=_GRACE,
        children_first=True,
    )
    try:
        while not worker.wait(1.0):
            pass
    except KeyboardInterrupt:
        return
    finally:
        worker.end()
    raise WorkerDiedError(f"worker {name} ended with {worker.ended}", advice="Its last words stand above")
