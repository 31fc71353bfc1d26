"""Slots: work that only one process may do at a time, wherever it was asked for.

A slot is an advisory lock of a database session: a holder that dies frees it with its connection.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

from psycopg import Connection
from psycopg.types.json import Jsonb

from finews.schema.records import Record

SLOT: LiteralString = "hashtext('finews slot'), hashtext(%s)"
"""The key of a slot's lock."""


@dataclass(frozen=True, kw_only=True)
class Holder(Record):
    """Who holds a slot: a run of the ledger, its process and machine, since when."""

    run: int
    host: str
    pid: int
    since: datetime


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


def made_up_by(connection: Connection[Any], kind: str, intended: datetime) -> int | None:
    """The whole run of `kind` that began at its intended time or later and has ended: it did this one's work.

    A run of a part notes which part, as `feeds`.
    """
    row = connection.execute(
        """
        select id, started_at from runs where kind = %s and state = 'ended' and not detail ? 'feeds'
        order by id desc limit 1
        """,
        [kind],
    ).fetchone()
    return int(row[0]) if row and row[1] >= intended else None


def record_skipped(connection: Connection[Any], run: int, detail: Mapping[str, object]) -> None:
    """Closes a run that was not needed: its slot was taken, or another had done its work."""
    connection.execute(
        "update runs set state = 'skipped', ended_at = now(), detail = detail || %s where id = %s",
        [Jsonb(dict(detail)), run],
    )
