"""Coverage: per day of China, what the source listed and what became of it here.

An **article's day** is the day of its row's moment; without a row the day where the source listed it (the search
before a feed read far back); else of the moment that a feed gave it; else the day that its infoCode names.

An article is `listed` where the source listed it, in its search or a feed read far back (`listings`) or in a feed
that was polled (`sightings`); it is `known` where it has a link. It is in one of these, the first that holds:

- `rows`: it has a row (`published`: whose newest revision was written as a post), whatever became of its link since;
- `waiting`: it is pending, fetched, failed or blocked: it will be asked for, or read, by itself;
- `gone`, `forgotten`: every mirror says that it is not there, or an operator had it forgotten;
- `quarantined`: it was fetched and could not be read, discarded or not;
- `missing`: it was listed, and nobody is at it.

A day is **complete** where nothing of it is missing or waiting, and its whole list was read from the search after
it was over (`surveys`), with no part left unread. So today is never complete; a day to come is, while nothing of it
is missing or waiting. Of a day whose list was never read nobody knows: it is incomplete.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, LiteralString

from psycopg import Connection
from psycopg.rows import class_row

from finews.schema.records import CHINA, Record, midnight

_ONE_DAY: Final = timedelta(days=1)
_IN_CHINA: LiteralString = "at time zone interval '8 hours'"


# A code with an impossible date, which only a hand can have put there, must not stop the counting: so no to_date.
_CODE_DAY: LiteralString = """
    greatest(timestamp '0001-01-01', least(timestamp '9999-12-31',
        make_date(greatest(1, substr({0}.info_code, 3, 4)::int), 1, 1) + make_interval(
            months => substr({0}.info_code, 7, 2)::int - 1, days => substr({0}.info_code, 9, 2)::int - 1)))::date"""
"""The day that an infoCode names; `{0}` is the table."""
_LISTED_DAY: LiteralString = "coalesce(min(day) filter (where feed = 'search'), min(day))"
_SIGHTED_DAY: LiteralString = f"(min(moment) {_IN_CHINA})::date"

_WHOLE_LIST: LiteralString = "select info_code from links union select info_code from listings"
_LISTS_OF_DAYS: LiteralString = """
    select info_code from links where info_code >= %(first_code)s and info_code <= %(last_code)s
    union select info_code from articles where moment >= %(since)s and moment < %(until)s
    union select info_code from listings where day between %(first)s and %(last)s
    union select info_code from sightings where moment >= %(since)s and moment < %(until)s"""
"""Every article whose day may be among those asked for, by any of the four ways in which a day is found."""


def _placed(chosen: LiteralString, among: LiteralString) -> LiteralString:
    code_day: LiteralString = _CODE_DAY.replace("{0}", "c")
    return f"""
    with chosen as materialized ({chosen}),
    lists as (
        select info_code, {_LISTED_DAY} as day from listings {among} group by info_code),
    sighted as (
        select info_code, {_SIGHTED_DAY} as day from sightings {among} group by info_code),
    placed as (
        select c.info_code, coalesce((a.moment {_IN_CHINA})::date, l.day, s.day, {code_day}) as day,
               l.info_code is not null or s.info_code is not null as listed,
               k.info_code is not null as known,
               a.published_revision is not distinct from a.revision as published,
               case when a.info_code is not null then 'row'
                    when k.state in ('pending', 'fetched', 'failed', 'blocked') then 'waiting'
                    when k.state in ('gone', 'forgotten') then k.state
                    when k.state = 'quarantined' or q.info_code is not null then 'quarantined'
                    else 'missing' end as standing
        from chosen c left join links k using (info_code) left join articles a using (info_code)
             left join quarantine q using (info_code) left join lists l using (info_code)
             left join sighted s using (info_code))"""


_COUNTED: LiteralString = """,
    days as (
        select day, count(*) filter (where listed) as listed, count(*) filter (where known) as known,
               count(*) filter (where standing = 'row') as rows,
               count(*) filter (where standing = 'row' and published) as published,
               count(*) filter (where standing = 'missing' and listed) as missing,
               count(*) filter (where standing = 'waiting') as waiting,
               count(*) filter (where standing = 'quarantined') as quarantined,
               count(*) filter (where standing = 'gone') as gone,
               count(*) filter (where standing = 'forgotten') as forgotten
        from placed where day between %(first)s and %(last)s group by day)
    select day, coalesce(d.listed, 0) as listed, coalesce(known, 0) as known, coalesce(rows, 0) as rows,
           coalesce(published, 0) as published, coalesce(missing, 0) as missing, coalesce(waiting, 0) as waiting,
           coalesce(quarantined, 0) as quarantined, coalesce(gone, 0) as gone,
           coalesce(forgotten, 0) as forgotten, v.at as surveyed_at, coalesce(v.unread, '') as unread
    from days d full join (select * from surveys where day between %(first)s and %(last)s) v using (day)
    order by day"""

PLACED: Final[LiteralString] = _placed(_LISTS_OF_DAYS, "where info_code in (select info_code from chosen)")
"""`with … placed`: every article whose day may be among those asked for, with its day and where it stands.

Columns: info_code, day, listed, known, published, standing. Parameters: those of `within`.
"""
_WHOLE: Final[LiteralString] = _placed(_WHOLE_LIST, "") + _COUNTED
_RANGED: Final[LiteralString] = PLACED + _COUNTED


def possible_days(table: LiteralString) -> LiteralString:
    """Every day that the articles which `table` names by their `info_code` may be of as things are, in SQL."""
    code_day: LiteralString = _CODE_DAY.replace("{0}", table)
    return f"""
        select {code_day} as day from {table}
        union select (moment {_IN_CHINA})::date from articles join {table} using (info_code)
        union select day from listings join {table} using (info_code)
        union select (moment {_IN_CHINA})::date from sightings join {table} using (info_code)
            where moment is not null"""


def day_of(table: LiteralString) -> LiteralString:
    """The day of the article that `table` names by its `info_code`, in SQL; each is looked up by itself."""
    here: LiteralString = f"where info_code = {table}.info_code"
    code_day: LiteralString = _CODE_DAY.replace("{0}", table)
    return f"""coalesce(
        (select (moment {_IN_CHINA})::date from articles {here}), (select {_LISTED_DAY} from listings {here}),
        (select {_SIGHTED_DAY} from sightings {here}), {code_day})"""


@dataclass(frozen=True, kw_only=True)
class DayCoverage(Record):
    """A day of China and its articles by what became of them; `surveyed_at` is when its whole list was read last."""

    day: date
    listed: int = 0
    known: int = 0
    rows: int = 0
    published: int = 0
    missing: int = 0
    waiting: int = 0
    quarantined: int = 0
    gone: int = 0
    forgotten: int = 0
    surveyed_at: datetime | None = None
    unread: str = ""

    @property
    def lacks(self) -> bool:
        """Whether something of it is known to be wanting; of a day that was never surveyed more may be."""
        return bool(self.missing or self.waiting or self.unread)

    def is_complete(self, now: datetime) -> bool:
        """Whether all of the day is here, as far as it can be; `now` tells whether it has begun."""
        if self.lacks:
            return False
        return now < midnight(self.day) or (
            self.surveyed_at is not None
            and self.day < date.max
            and self.surveyed_at >= midnight(self.day + _ONE_DAY)
        )


def coverage(
    connection: Connection[Any], first: date | None = None, last: date | None = None
) -> list[DayCoverage]:
    """The days from `first` to `last`, both included (None: from the first, to the last), that anything is known of.

    The oldest comes first. The database counts; what comes here is a record a day.
    """
    ranged = first is not None or last is not None
    first, last = first or date.min, last or date.max
    with connection.cursor(row_factory=class_row(DayCoverage)) as cursor:
        return cursor.execute(_RANGED if ranged else _WHOLE, within(first, last)).fetchall()


def within(first: date, last: date) -> dict[str, object]:
    """What `PLACED` is to be told of the days from `first` to `last`, both included."""
    return {
        "first": first,
        "last": last,
        "since": midnight(first),
        "until": midnight(last + _ONE_DAY) if last < date.max else datetime.max.replace(tzinfo=CHINA),
        "first_code": f"NW{first.isoformat().replace('-', '')}",
        # Nine is the last digit, and a code has more of them.
        "last_code": f"NW{last.isoformat().replace('-', '')}99999999999",
    }


def incomplete_days(
    connection: Connection[Any], first: date | None, last: date | None, *, now: datetime
) -> list[date]:
    """The days of the calendar from `first` to `last` that are not complete at `now`, the oldest first.

    None: from the first day that anything is known of, to the last. A day without any record was never read, and is
    among them where it is not to come.
    """
    found = {each.day: each for each in coverage(connection, first, last)}
    today = now.astimezone(CHINA).date()
    begin, end = first or min(found, default=today), min(last or today, today)
    # Days to come are incomplete only for what is known of them.
    wanted = {begin + _ONE_DAY * number for number in range((end - begin).days + 1)} | set(found)
    return sorted(day for day in wanted if not found.get(day, DayCoverage(day=day)).is_complete(now))
