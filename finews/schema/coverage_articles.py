"""The articles of one day of China: by media, and those of one standing, paged by their codes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, LiteralString

from psycopg import Connection
from psycopg.rows import class_row

from finews.schema.coverage import PLACED, within
from finews.schema.records import Record

_SAID: LiteralString = """
    left join articles a using (info_code)
    left join lateral (
        select media, title from listings l where l.info_code = p.info_code
        order by feed <> 'search', feed limit 1) l on a.info_code is null
    left join lateral (
        select media, title from sightings s where s.info_code = p.info_code
        order by media = '', feed limit 1) s on a.info_code is null"""
"""What the source says of an article: its row's, else a list's, else a feed's."""


@dataclass(frozen=True, kw_only=True)
class MediaCoverage(Record):
    """A media name's articles of a day; the name is empty where nobody has said it (rolling news needs none)."""

    media: str
    listed: int
    rows: int
    missing: int
    waiting: int
    quarantined: int


@dataclass(frozen=True, kw_only=True)
class DayArticle(Record):
    """An article of a day: where it stands, the state and reason of its link, and what the source says of it."""

    info_code: str
    standing: str
    state: str
    reason: str
    media: str
    title: str


def media_of_day(connection: Connection[Any], day: date) -> list[MediaCoverage]:
    """A day's articles by media name, those with the most first."""
    with connection.cursor(row_factory=class_row(MediaCoverage)) as cursor:
        return cursor.execute(
            f"""
            {PLACED}
            select coalesce(nullif(a.media, ''), nullif(l.media, ''), s.media, '') as media,
                   count(*) filter (where listed) as listed, count(*) filter (where standing = 'row') as rows,
                   count(*) filter (where standing = 'missing' and listed) as missing,
                   count(*) filter (where standing = 'waiting') as waiting,
                   count(*) filter (where standing = 'quarantined') as quarantined
            from placed p {_SAID}
            where p.day = %(first)s group by 1 order by count(*) desc, 1
            """,
            within(day, day),
        ).fetchall()


def articles_of_day(
    connection: Connection[Any], day: date, standing: str, *, after: str = "", limit: int
) -> list[DayArticle]:
    """Those of a day that stand so (`missing`, `waiting`, `quarantined`, `gone`, `forgotten`), by their codes."""
    with connection.cursor(row_factory=class_row(DayArticle)) as cursor:
        return cursor.execute(
            f"""
            {PLACED},
            page as (
                select * from placed where day = %(first)s and standing = %(standing)s
                  and (listed or standing <> 'missing') and info_code > %(after)s
                order by info_code limit %(limit)s)
            select p.info_code, p.standing, coalesce(k.state, '') as state,
                   coalesce(nullif(k.reason, ''), q.reason, '') as reason,
                   coalesce(nullif(a.media, ''), nullif(l.media, ''), s.media, '') as media,
                   coalesce(nullif(a.title, ''), nullif(l.title, ''), s.title, '') as title
            from page p left join links k using (info_code) left join quarantine q using (info_code) {_SAID}
            order by p.info_code
            """,
            within(day, day) | {"standing": standing, "after": after, "limit": limit},
        ).fetchall()
