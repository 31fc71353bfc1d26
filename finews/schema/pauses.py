"""Pauses: what an operator wants left alone for a while; since when, by whom, and why."""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, LiteralString

from psycopg import Connection

from finews.schema.records import Record

PAUSE: Final = "paused_at, paused_by, paused_why"
"""The columns of a pause, in tables whose rows can be paused."""


@dataclass(frozen=True, kw_only=True)
class Pause(Record):
    """`by` is a name, `why` words of theirs, which may be empty."""

    at: datetime
    by: str
    why: str


def taken_from(row: MutableMapping[str, Any]) -> Pause | None:
    """The pause that a row holds, whose columns are taken out of it; None where it is not paused."""
    at, by, why = (row.pop(name) for name in PAUSE.split(", "))
    return Pause(at=at, by=by, why=why) if at else None


def pause(
    connection: Connection[Any], table: LiteralString, key: LiteralString, name: str, *, who: str, why: str
) -> bool:
    """Has the row of this name left alone, which is made where there is none; false where it was already, which
    changes nothing.
    """
    row = connection.execute(
        f"""
        insert into {table} as t ({key}, {PAUSE}) values (%s, now(), %s, %s)
        on conflict ({key}) do update
            set paused_at = now(), paused_by = excluded.paused_by, paused_why = excluded.paused_why
            where t.paused_at is null
        returning {key}
        """,
        [name, who, why],
    ).fetchone()
    return row is not None


def resume(connection: Connection[Any], table: LiteralString, key: LiteralString, name: str) -> bool:
    """Takes a pause back; false where there was none."""
    row = connection.execute(
        f"""
        update {table} set paused_at = null, paused_by = '', paused_why = ''
        where {key} = %s and paused_at is not null returning {key}
        """,
        [name],
    ).fetchone()
    return row is not None
