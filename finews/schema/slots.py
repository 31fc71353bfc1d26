"""Slots: work that only one process may do at a time, wherever it was asked for.

A slot is an advisory lock of a database session: a holder that dies frees it with its connection.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

import psycopg
from psycopg import Connection
from psycopg.types.json import Jsonb

from finews.schema.ledger import start_run
from finews.schema.records import Record


@dataclass(frozen=True, kw_only=True)
class Holder(Record):
    """Who holds a slot: a run of the ledger, its process and machine, since when."""

    run: int
    host: str
    pid: int
    since: datetime


@contextmanager
def slot(connection: Connection[Any], kind: str) -> Iterator[bool]:
    """Tries to take the slot of `kind` for the block; yields whether it is ours. `connection` is kept for it."""
    row = connection.execute(
        "select pg_try_advisory_lock(hashtext('finews slot'), hashtext(%s))", [kind]
    ).fetchone()
    connection.commit()
    ours = row == (True,)
    try:
        yield ours
    finally:
        if ours:
            _free(connection, "select pg_advisory_unlock(hashtext('finews slot'), hashtext(%s))", kind)


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
        _free(connection, "select pg_advisory_unlock(hashtext('finews run'), %s)", run)


def _free(connection: Connection[Any], unlock: LiteralString, name: object) -> None:
    try:
        connection.rollback()
        connection.execute(unlock, [name])
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
            freed += connection.execute(
                """
                update links set lease_token = null, lease_until = null, lease_run = null
                where info_code in (select info_code from links where lease_run = %s order by 1 for update)
                """,
                [run],
            ).rowcount
            connection.execute(
                """
                update runs set state = 'broken', ended_at = now(), detail = detail || %s
                where id = %s and state = 'running'
                """,
                [Jsonb({"broken": "its process died"}), run],
            )
    return freed


def holder_of(connection: Connection[Any], kind: str) -> Holder | None:
    """The run that holds the slot of `kind`; None where its row is not written yet."""
    row = connection.execute(
        """
        select id, host, pid, started_at from runs where kind = %s and state = 'running'
        order by id desc limit 1
        """,
        [kind],
    ).fetchone()
    return None if row is None else Holder(run=row[0], host=row[1], pid=row[2], since=row[3])


def record_skipped(connection: Connection[Any], run: int, detail: Mapping[str, object]) -> None:
    """Closes a run that found its slot taken."""
    connection.execute(
        "update runs set state = 'skipped', ended_at = now(), detail = %s where id = %s",
        [Jsonb(dict(detail)), run],
    )
