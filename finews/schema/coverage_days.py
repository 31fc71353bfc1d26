"""What each day holds, kept at hand: counting a year of articles takes a second, reading 365 rows takes none.

Nothing is counted twice, in two ways: the numbers are those of `coverage`. Triggers note every article of which
something has changed that they depend on (`coverage_marks`); whoever counts takes these notes away, calls every day
that such an article was or may be of stale, and counts stale days again. A note is seen once its change is committed,
and the days are looked up then: so no change gets lost between two who work at once. One at a time counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, Final, LiteralString

from psycopg import Connection
from psycopg.rows import class_row

from finews.schema.coverage import DayCoverage, coverage, possible_days
from finews.schema.staging import copy

_COUNTING: LiteralString = "hashtext('finews coverage')"
"""The lock of whoever counts, for its transaction."""
UNCOUNTED: Final[LiteralString] = (
    "(exists (select from coverage_marks) or exists (select from coverage_days where stale))"
)
"""Whether there is anything to count."""
_NUMBERS: Final = (
    "listed",
    "known",
    "rows",
    "published",
    "missing",
    "waiting",
    "quarantined",
    "gone",
    "forgotten",
)
_COLUMNS: Final = {"day": "date", **dict.fromkeys(_NUMBERS, "int4"), "stale": "bool"}
_MARKS_AT_ONCE: Final = 10_000
"""Notes that are read at a time: what the server holds for it stays small, however many there are."""
_MANY: Final = 250
"""From so many stale days on all days are counted at once: a million articles then take some ten seconds."""


def recount(
    connection: Connection[Any], *, most_days: int | None = None, most_marks: int | None = None
) -> int:
    """Counts stale days again, the newest first, at most so many; returns how many are stale still.

    Where another process is counting, or nothing has changed, this does nothing.
    """
    if not _anything(connection):
        return 0
    if connection.execute(f"select pg_try_advisory_xact_lock({_COUNTING})").fetchone() != (True,):
        return _stale(connection)
    left = most_marks
    while left != 0 and (read := _read_marks(connection, min(_MARKS_AT_ONCE, left or _MARKS_AT_ONCE))):
        left = None if left is None else left - read
    rows = connection.execute(
        "select day from coverage_days where stale order by day desc limit %s", [most_days]
    ).fetchall()
    if len(rows) > _MANY:
        connection.execute("delete from coverage_days")
        _keep(connection, coverage(connection))
    else:
        # Day by day: over several days at once the database would rather read whole tables.
        for (day,) in rows:
            connection.execute("delete from coverage_days where day = %s", [day])
            _keep(connection, coverage(connection, day, day))
    return _stale(connection)


def kept_coverage(connection: Connection[Any], first: date, last: date) -> list[DayCoverage]:
    """The days from `first` to `last`, both included, that anything is known of, as they were counted last."""
    with connection.cursor(row_factory=class_row(DayCoverage)) as cursor:
        return cursor.execute(
            """
            select day, coalesce(listed, 0) as listed, coalesce(known, 0) as known, coalesce(rows, 0) as rows,
                   coalesce(published, 0) as published, coalesce(missing, 0) as missing,
                   coalesce(waiting, 0) as waiting, coalesce(quarantined, 0) as quarantined,
                   coalesce(gone, 0) as gone, coalesce(forgotten, 0) as forgotten,
                   v.at as surveyed_at, coalesce(v.unread, '') as unread
            from (select * from coverage_days where day between %(first)s and %(last)s) d
            full join (select day, at, surveys.unread from surveys where day between %(first)s and %(last)s) v
                using (day)
            order by day
            """,
            {"first": first, "last": last},
        ).fetchall()


def days_known(connection: Connection[Any]) -> tuple[date, date] | None:
    """The first and the last day that anything is known of; None where nothing is."""
    row = connection.execute(
        """
        select least((select min(day) from coverage_days), (select min(day) from surveys)),
               greatest((select max(day) from coverage_days), (select max(day) from surveys))
        """
    ).fetchone()
    assert row is not None
    return None if row[0] is None else (row[0], row[1])


def _anything(connection: Connection[Any]) -> bool:
    row = connection.execute(f"select {UNCOUNTED}").fetchone()
    return row == (True,)


def _read_marks(connection: Connection[Any], most: int) -> int:
    """Calls the days stale of which something has changed, takes the notes of it away, and returns how many."""
    row = connection.execute(
        f"""
        with taken as (
            delete from coverage_marks where ctid = any(array(select ctid from coverage_marks limit %s))
            returning info_code, day),
        c as (select distinct info_code from taken),
        called as (
            insert into coverage_days (day)
            select day from ({possible_days("c")} union select day from taken where day is not null) as touched
            on conflict (day) do update set stale = true)
        select count(*) from taken
        """,
        [most],
    ).fetchone()
    assert row is not None
    return int(row[0])


def _stale(connection: Connection[Any]) -> int:
    row = connection.execute("select count(*) from coverage_days where stale").fetchone()
    assert row is not None
    return int(row[0])


def _keep(connection: Connection[Any], counted: Iterable[DayCoverage]) -> None:
    rows = ((each.day, *(getattr(each, name) for name in _NUMBERS), False) for each in counted)
    copy(connection, "coverage_days", _COLUMNS, rows)
