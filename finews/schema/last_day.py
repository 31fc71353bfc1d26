"""The last day, hour by hour: what the source published, and how fresh it was here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row

from finews.schema.records import Record


@dataclass(frozen=True, kw_only=True)
class HourOfMedia(Record):
    """Articles of a medium whose own time is in the hour that begins at `hour`; rolling news has no medium."""

    hour: datetime
    media: str
    articles: int


@dataclass(frozen=True, kw_only=True)
class HourOfFreshness(Record):
    """Seconds from moment to post, of what polls brought in the hour that begins at `hour`."""

    hour: datetime
    p50: float
    p95: float
    articles: int


def media_by_hour(connection: Connection[Any], since: datetime, until: datetime) -> list[HourOfMedia]:
    """Articles an hour and medium, of those whose own time lies between the two."""
    with connection.cursor(row_factory=class_row(HourOfMedia)) as cursor:
        return cursor.execute(
            """
            select date_trunc('hour', moment, 'UTC') as hour, media, count(*) as articles from articles
            where moment >= %s and moment < %s group by 1, 2 order by 1, 2
            """,
            [since, until],
        ).fetchall()


def freshness_by_hour(connection: Connection[Any], since: datetime, until: datetime) -> list[HourOfFreshness]:
    """How fresh posts were, by the hour in which they were first written; hours without any are left out."""
    with connection.cursor(row_factory=class_row(HourOfFreshness)) as cursor:
        return cursor.execute(
            """
            with fresh as materialized (
                select moment, published_at, first_run from articles
                where published_at >= %s and published_at < %s),
            hours as (
                select date_trunc('hour', published_at, 'UTC') as hour, count(*) as articles,
                       percentile_cont(array[0.5, 0.95]) within group (
                           order by greatest(0, extract(epoch from published_at - moment))::float8) as seconds
                from fresh join runs on runs.id = first_run
                where kind = 'poll' and runs.id >= (select min(first_run) from fresh) group by 1)
            select hour, seconds[1] as p50, seconds[2] as p95, articles from hours order by hour
            """,
            [since, until],
        ).fetchall()
