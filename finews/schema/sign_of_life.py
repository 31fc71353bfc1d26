"""Signs of life: a run holds an advisory lock as long as its process lives; what the dead held is free at once."""

from __future__ import annotations

from typing import Any, LiteralString

from psycopg import Connection
from psycopg.types.json import Jsonb

_RUNS: LiteralString = "hashtext('finews run')"
SIGN_OF_LIFE: LiteralString = f"{_RUNS}, %s"
"""The key of the lock that a run holds: its own number."""
TAKEN_WITH_ROW: LiteralString = f"pg_try_advisory_lock({_RUNS}, id::int4)"
"""Takes the lock for the row of `runs` that the statement inserts."""

ALIVE: LiteralString = f"""
        select objid::int8 as run from pg_locks
        where locktype = 'advisory' and granted and objsubid = 2
          and database = (select oid from pg_database where datname = current_database())
          and classid::int8 = {_RUNS}::int8 & 4294967295"""
"""The runs that live. Looked up, not taken: a sign of life that is tried would be missing to its owner for a moment."""


def count_the_dead(connection: Connection[Any]) -> tuple[int, int]:
    """Unfinished runs whose process is gone, and leases that such runs hold. Nothing is changed."""
    row = connection.execute(
        f"""
        with alive as materialized ({ALIVE})
        select (select count(*) from runs where state = 'running' and id not in (select run from alive)),
               (select count(*) from links where lease_run is not null and lease_run not in (select run from alive))
        """
    ).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


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


def reopen(connection: Connection[Any], run: int) -> None:
    """Frees what this run had leased, and takes back that it died: it had only lost its connections."""
    free_leases_of(connection, run)
    connection.execute(
        """
        update runs set state = 'running', ended_at = null, detail = detail - 'broken'
        where id = %s and state = 'broken'
        """,
        [run],
    )
