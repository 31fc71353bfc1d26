"""What a backfill would do, day by day: the source's list beside what is here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import date, datetime
from typing import Any, Final, Self

from psycopg import Connection
from psycopg.rows import class_row

from finews.schema.records import Record
from finews.schema.staging import copy


@dataclass(frozen=True, kw_only=True)
class PlanDay(Record):
    """A day of China: articles that the source lists, and how many of them are present, missing, and so on.

    Every listed article is one of `present` (it has a row), `missing`, `quarantined` and `forgotten`. `edited`
    are those of the present whose title or moment the source has changed since they were fetched.
    """

    day: date
    listed: int
    present: int
    missing: int
    quarantined: int
    forgotten: int
    edited: int

    @classmethod
    def empty(cls, day: date) -> Self:
        """A day of which the source lists nothing."""
        return cls(day=day, listed=0, present=0, missing=0, quarantined=0, forgotten=0, edited=0)


def plan_days(connection: Connection[Any], backfill: int) -> list[PlanDay]:
    """The days of a backfill whose list holds an article, oldest first."""
    with connection.cursor(row_factory=class_row(PlanDay)) as cursor:
        return cursor.execute(
            """
            with standing as (
                select b.day, a.info_code is not null as present,
                       a.info_code is null and l.state = 'quarantined' as quarantined,
                       a.info_code is null and l.state = 'forgotten' as forgotten,
                       (select max(last_seen_at) from payloads p where p.info_code = b.info_code) < s.changed_at
                           and ((s.title <> '' and s.title <> a.title)
                           or s.moment <> a.moment) as edited
                from backfill_links b
                join backfills f on f.id = b.backfill_id
                left join articles a using (info_code)
                left join links l using (info_code)
                left join listings s on s.info_code = b.info_code
                    and s.feed = case f.feed when '' then 'search' else f.feed end
                where b.backfill_id = %s)
            select day, count(*)::int as listed, count(*) filter (where present)::int as present,
                   count(*) filter (where not present and quarantined is not true and forgotten is not true)::int
                       as missing,
                   count(*) filter (where quarantined)::int as quarantined,
                   count(*) filter (where forgotten)::int as forgotten,
                   count(*) filter (where present and edited)::int as edited
            from standing group by day order by day
            """,
            [backfill],
        ).fetchall()


_COLUMNS: Final = {
    "backfill_id": "int8",
    "day": "date",
    **dict.fromkeys(("listed", "present", "missing", "quarantined", "forgotten", "edited"), "int4"),
}


@dataclass(frozen=True, kw_only=True)
class KeptPlan(Record):
    """A plan as it was when it was made: when, how many articles were to be asked for, requests that its list took."""

    at: datetime
    requests: int
    list_requests: int
    days: Sequence[PlanDay]


def keep_plan(connection: Connection[Any], backfill: int, days: Sequence[PlanDay], requests: int) -> None:
    """Keeps the plan of a backfill, in place of one that was made before."""
    connection.execute("delete from backfill_days where backfill_id = %s", [backfill])
    copy(connection, "backfill_days", _COLUMNS, ((backfill, *astuple(each)) for each in days))
    connection.execute(
        "update backfills set planned_at = now(), planned_requests = %s where id = %s", [requests, backfill]
    )


def kept_plan(connection: Connection[Any], backfill: int) -> KeptPlan | None:
    """The plan that was kept of a backfill, its days the oldest first; None where none was made to its end."""
    row = connection.execute(
        """
        select planned_at, planned_requests,
               (select coalesce(sum(requests), 0)::int from backfill_chunks where backfill_id = backfills.id)
        from backfills where id = %s and planned_at is not null
        """,
        [backfill],
    ).fetchone()
    if row is None:
        return None
    with connection.cursor(row_factory=class_row(PlanDay)) as cursor:
        days = cursor.execute(
            """
            select day, listed, present, missing, quarantined, forgotten, edited from backfill_days
            where backfill_id = %s order by day
            """,
            [backfill],
        ).fetchall()
    return KeptPlan(at=row[0], requests=row[1], list_requests=row[2], days=days)


def earliest_day(connection: Connection[Any]) -> date | None:
    """The first day of China of which anything is known: an article, or what the source listed."""
    row = connection.execute(
        """
        select least((select (min(moment) at time zone interval '8 hours')::date from articles),
                     (select min(day) from listings), (select min(day) from surveys))
        """
    ).fetchone()
    assert row is not None
    day: date | None = row[0]
    return day
