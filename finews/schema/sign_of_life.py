"""Signs of life: a run holds an advisory lock as long as its process lives; what the dead held is free at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, LiteralString

import psycopg
from psycopg import Connection
from psycopg.types.json import Jsonb

from finews.schema.ledger import start_run


@contextmanager
def living_run(connection: Connection[Any], kind: str, *, reason: str, flow_run: str | None) -> Iterator[int]:
    """Opens a run in the ledger and yields its number; `connection` is kept as its sign of life.

    The lock is there before the row is: nobody can take a run for dead that is just beginning.
    """
    run = start_run(connection, kind, reason=reason, flow_run=flow_run)
    connection.execute("select pg_advisory_lock(hashtext('finews run'), %s)", [run])
    connection.commit()
    try:
        yield run
    finally:
        unlock(connection, "select pg_advisory_unlock(hashtext('finews run'), %s)", run)


def unlock(connection: Connection[Any], statement: LiteralString, name: object) -> None:
    """Gives an advisory lock of this session back."""
    try:
        connection.rollback()
        connection.execute(statement, [name])
        connection.commit()
    except psycopg.Error:
        # The session is gone, and the lock with it.
        return


def free_leases_of_the_dead(connection: Connection[Any]) -> int:
    """Closes unfinished runs whose process is gone, and frees their leases without waiting for their end.

    Returns how many leases were freed. What such a process may still send, if only its connection was lost, is
    refused: its tokens are gone.
    """
    freed = 0
    runs = connection.execute(
        """
        select id from runs where state = 'running'
        union select lease_run from links where lease_run is not null order by 1
        """
    ).fetchall()
    for (run,) in runs:
        if connection.execute(
            "select pg_try_advisory_xact_lock(hashtext('finews run'), %s)", [run]
        ).fetchone() == (True,):
            freed += free_leases_of(connection, run)
            connection.execute(
                """
                update runs set state = 'broken', ended_at = now(), detail = detail || %s
                where id = %s and state = 'running'
                """,
                [Jsonb({"broken": "its process died"}), run],
            )
    return freed


def free_leases_of(connection: Connection[Any], run: int) -> int:
    """Frees all leases of a run whose work has stopped; returns how many there were."""
    return connection.execute(
        """
        update links set lease_token = null, lease_until = null, lease_run = null
        where info_code in (select info_code from links where lease_run = %s order by 1 for update)
        """,
        [run],
    ).rowcount
