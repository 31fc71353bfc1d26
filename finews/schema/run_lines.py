"""What a run said on its way: some lines each, the first and the newest, and for a while only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal, LiteralString

from psycopg import Connection
from psycopg.rows import class_row

from finews.schema.records import Record

Level = Literal["info", "warning", "error"]

FIRST: Final = 200
NEWEST: Final = 800
"""So many lines of a run are kept: how it began, and how it ended."""
KEPT_FOR: Final = timedelta(days=90)
_SWEPT: Final = 200
"""Lines that are looked at when a run ends, the oldest that there are."""
OLD_LINES: Final[LiteralString] = f"""
        exists (select from (select at from run_lines order by run_id, number limit 1) oldest
                where at < now() - interval '{KEPT_FOR.days} days')"""
"""Whether the oldest line has been kept for long enough."""
OPENINGS: Final[Mapping[str, str]] = {"poll": "reading feeds"}
"""Kind of run → what it says as soon as it begins. A run that says nothing else keeps no line: its row is enough."""


@dataclass(frozen=True, kw_only=True)
class RunLine(Record):
    """One line; those of a run are numbered from 1, and what was left out leaves a gap."""

    number: int
    at: datetime
    level: Level
    line: str


def add_lines(connection: Connection[Any], run: int, lines: Sequence[RunLine]) -> None:
    """Keeps lines of a run, each once however often it is told; beyond the limit those in the middle go."""
    if not lines:
        return
    connection.execute(
        """
        insert into run_lines (run_id, number, at, level, line)
        select %s, l.* from unnest(%s::int4[], %s::timestamptz[], %s::text[], %s::text[]) as l
        on conflict do nothing
        """,
        [
            run,
            [each.number for each in lines],
            [each.at for each in lines],
            [each.level for each in lines],
            [each.line for each in lines],
        ],
    )
    last = lines[-1].number
    if last > FIRST + NEWEST:
        connection.execute(
            "delete from run_lines where run_id = %s and number > %s and number <= %s",
            [run, FIRST, last - NEWEST],
        )


def drop_old_lines(connection: Connection[Any]) -> int:
    """Takes away some lines that are too old, where nobody else is at it; returns how many."""
    if connection.execute("select pg_try_advisory_xact_lock(hashtext('finews run lines'))").fetchone() != (
        True,
    ):
        return 0
    return connection.execute(
        """
        delete from run_lines where (run_id, number) in (
            select run_id, number from (select * from run_lines order by run_id, number limit %s) oldest
            where at < now() - %s)
        """,
        [_SWEPT, KEPT_FOR],
    ).rowcount


def lines_of(connection: Connection[Any], run: int, *, after: int, limit: int) -> list[RunLine]:
    """Up to `limit` lines of a run that come after the one of this number."""
    with connection.cursor(row_factory=class_row(RunLine)) as cursor:
        return cursor.execute(
            """
            select number, at, level, line from run_lines where run_id = %s and number > %s
            order by number limit %s
            """,
            [run, after, limit],
        ).fetchall()
