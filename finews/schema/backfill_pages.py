"""Backfills as pages show them, by key: all of them, the articles and chunks of one, the runs that were at it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row

from finews.schema.records import Outcome, Record


@dataclass(frozen=True, kw_only=True)
class BackfillArticle(Record):
    """An article of a backfill: its day by the list, how it ended there (None: not yet), its title where known."""

    info_code: str
    day: date
    outcome: Outcome | None
    reason: str
    title: str

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "outcome", Outcome(self.outcome) if self.outcome else None)


@dataclass(frozen=True, kw_only=True)
class BackfillChunk(Record):
    """A chunk: its range, `open` until its list is read, then `listed`, then `done`; the run that has it in hand.

    `unread` is how many parts of its list could not be read, and `reason` why.
    """

    number: int
    since: datetime | None
    until: datetime | None
    state: str
    run: int | None
    unread: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class BackfillRun(Record):
    """A run that was at a backfill: why it was begun, where, how it stands."""

    id: int
    reason: str
    host: str
    pid: int
    state: str
    started_at: datetime
    ended_at: datetime | None


def numbers_before(connection: Connection[Any], before: int | None, limit: int) -> list[int]:
    """The numbers of the newest backfills that are older than that of `before`."""
    rows = connection.execute(
        "select id from backfills where %(before)s::int8 is null or id < %(before)s order by id desc limit %(limit)s",
        {"before": before, "limit": limit},
    )
    return [number for (number,) in rows]


def articles_of_backfill(
    connection: Connection[Any], backfill: int, outcome: Outcome | None, *, after: str = "", limit: int
) -> list[BackfillArticle]:
    """The articles of a backfill that ended so (None: those that are left), by their codes."""
    which = "b.outcome = %(outcome)s" if outcome else "b.outcome is null"
    with connection.cursor(row_factory=class_row(BackfillArticle)) as cursor:
        return cursor.execute(
            f"""
            with page as (
                select info_code, day, outcome from backfill_links b
                where backfill_id = %(backfill)s and {which} and info_code > %(after)s
                order by info_code limit %(limit)s)
            select info_code, day, outcome, coalesce(nullif(k.reason, ''), '') as reason,
                   coalesce(a.title, s.title, '') as title
            from page left join links k using (info_code) left join articles a using (info_code)
            left join lateral (
                select title from listings l where l.info_code = page.info_code
                order by feed <> 'search', feed limit 1) s on a.info_code is null
            order by info_code
            """,
            {"backfill": backfill, "outcome": outcome, "after": after, "limit": limit},
        ).fetchall()


def chunks_of_backfill(
    connection: Connection[Any], backfill: int, *, after: int = 0, limit: int
) -> list[BackfillChunk]:
    """The chunks of a backfill in the order in which they are taken."""
    with connection.cursor(row_factory=class_row(BackfillChunk)) as cursor:
        return cursor.execute(
            """
            select number, since, until, state, run_id as run, jsonb_array_length(unread) as unread, reason
            from backfill_chunks where backfill_id = %s and number > %s order by number limit %s
            """,
            [backfill, after, limit],
        ).fetchall()


def count_chunks(connection: Connection[Any], backfill: int) -> dict[str, int]:
    """How many chunks are `open`, `listed` and `done`, each named, and how many are `in_hand`."""
    row = connection.execute(
        """
        select count(*) filter (where state = 'open'), count(*) filter (where state = 'listed'),
               count(*) filter (where state = 'done'),
               count(*) filter (where run_id is not null and state <> 'done')
        from backfill_chunks where backfill_id = %s
        """,
        [backfill],
    ).fetchone()
    assert row is not None
    return dict(zip(("open", "listed", "done", "in_hand"), row, strict=True))


def runs_of_backfill(connection: Connection[Any], backfill: int, limit: int) -> list[BackfillRun]:
    """The newest runs that were at a backfill, planning it or fetching."""
    with connection.cursor(row_factory=class_row(BackfillRun)) as cursor:
        return cursor.execute(
            """
            select id, reason, host, pid, state, started_at, ended_at from runs
            where kind = 'backfill' and (detail -> 'backfill')::int8 = %s order by id desc limit %s
            """,
            [backfill, limit],
        ).fetchall()
