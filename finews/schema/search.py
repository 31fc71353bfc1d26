"""Finding articles by words and facts in the search index, newest first, a page at a time.

The index knows which articles have all pairs of neighbouring characters of a word; whether these stand together is
looked up in the text, and only for as many as a page needs. A word that is in every third article would give the
index hundreds of thousands of rows to sort. So it is asked for a stretch of time that holds so many articles, then
for a longer one, and for all the rest last: who gets that far has a rare word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any, Final, LiteralString

from psycopg import Connection, errors

from finews.schema.errors import SearchTooLongError
from finews.schema.records import CHINA, Record, midnight

Place = tuple[datetime, str]
"""Where an article stands in a list by time: its moment and its infoCode."""

EDITED: Final = "edited"
"""The fact of an article whose text the source has changed."""
_STRETCHES: Final = (1_000, 20_000)
"""Articles of the stretches that are asked for before all the rest."""
_MOST_KEYS: Final = 31
"""Days, months or years that name a stretch; a longer one is named by its moments alone."""
_PATIENCE: Final = "10 s"
_SETTINGS: LiteralString = f"""
    select set_config(name, value, true) from (values
        ('statement_timeout', '{_PATIENCE}'), ('work_mem', '64MB'), ('plan_cache_mode', 'force_custom_plan'),
        ('jit', 'off'), ('max_parallel_workers_per_gather', '0')) as given (name, value)"""
"""With this memory the index's answer names rows, not pages; and what is answered at once needs no preparations."""


@dataclass(frozen=True, kw_only=True)
class Wanted(Record):
    """What articles have to have: all of the folded `words`, and whatever else is given.

    `security` is a code or a name. `first` and `last` are days of China, both included.
    """

    words: tuple[str, ...] = ()
    media: str | None = None
    security: str | None = None
    first: date | None = None
    last: date | None = None
    edited: bool = False

    @property
    def by_time_alone(self) -> bool:
        """Whether nothing is asked for that needs the search index."""
        return not (self.words or self.media is not None or self.security or self.edited)


def media_fact(media: str) -> str:
    """The fact of a media name; rolling news has none, which is one too."""
    return f"media {media}"


def security_fact(security: str) -> str:
    """The fact of a security's code or name."""
    return f"security {security}"


def facts_of_day(moment: datetime) -> tuple[str, str, str]:
    """The day, the month and the year of a moment in China, as facts."""
    shown = moment.astimezone(CHINA).date().isoformat()
    return f"day {shown}", f"month {shown[:7]}", f"year {shown[:4]}"


def find(
    connection: Connection[Any], wanted: Wanted, limit: int, *, after: Place | None = None, older: bool = True
) -> list[Place]:
    """Up to `limit` places of articles that have what is wanted, nearest first: those older than `after`, or newer.

    Without `after` from the newest on, or from the oldest. Needs a transaction of its own: its settings are for this.
    Raises SearchTooLongError where it takes longer than somebody waits.
    """
    connection.execute(_SETTINGS)
    try:
        return _found(connection, wanted, limit, after, older)
    except errors.QueryCanceled:
        raise SearchTooLongError(
            f"it was given up after {_PATIENCE}", advice="Add a word, or a shorter range of days"
        ) from None


def _found(
    connection: Connection[Any], wanted: Wanted, limit: int, after: Place | None, older: bool
) -> list[Place]:
    given = _given(wanted)
    condition = _condition(wanted)
    edges = connection.execute(
        """
        select min(moment), max(moment) + interval '1 second' from search_texts
        where moment >= %(since)s and moment < %(until)s
        """,
        given,
    ).fetchone()
    if edges is None or edges[0] is None:
        return []
    # A stretch that begins at the edge has to have a name, too.
    given |= {"since": max(given["since"], edges[0]), "until": min(given["until"], edges[1])}
    found: list[Place] = []
    for size in (*_STRETCHES, None):
        end = _end_of_stretch(connection, given, after, size, older) if size else None
        # All the rest needs a name only where it is not nearly all there is.
        named = {**given, "named": size is not None or given["few_days"]}
        found += _in_stretch(connection, condition, named, after, end, limit - len(found), older)
        if len(found) >= limit or end is None:
            break
        after = end
    return found


def _in_stretch(
    connection: Connection[Any],
    condition: LiteralString,
    given: dict[str, Any],
    after: Place | None,
    end: Place | None,
    limit: int,
    older: bool,
) -> list[Place]:
    begin_of, end_of = (after, end) if older else (end, after)
    bounds: LiteralString = ""
    # The far end belongs to the stretch, the near one to what was shown before.
    if begin_of:
        bounds += f" and ({_MOMENT}, info_code) {'<' if older else '<='} (%(upper)s, %(upper_code)s)"
    if end_of:
        bounds += f" and ({_MOMENT}, info_code) {'>=' if older else '>'} (%(lower)s, %(lower_code)s)"
    times = _time_facts(end_of, begin_of, given) if given["named"] else []
    if times:
        bounds += f" and {_KEYS} && array(select hashtext(fact) from unnest(%(times)s::text[]) as fact)"
    upper, lower = begin_of or (None, None), end_of or (None, None)
    order: LiteralString = "desc" if older else "asc"
    return connection.execute(
        f"""
        select moment, info_code from (
            select moment, info_code, text, revision from search_texts
            where {_KEYS} @> (%(pairs)s::int4[] || array(select hashtext(fact) from unnest(%(facts)s::text[]) as fact))
              and {_MOMENT} >= %(since)s and {_MOMENT} < %(until)s {bounds}
            order by moment {order}, info_code {order} offset 0) as h
        where {condition} limit %(limit)s
        """,
        {
            **given,
            "times": times,
            "limit": limit,
            "upper": upper[0],
            "upper_code": upper[1],
            "lower": lower[0],
            "lower_code": lower[1],
        },
    ).fetchall()


def _end_of_stretch(
    connection: Connection[Any], given: dict[str, Any], after: Place | None, size: int, older: bool
) -> Place | None:
    """The last place of the next `size` articles; None where there are no more than these."""
    order: LiteralString = "desc" if older else "asc"
    bound: LiteralString = ""
    if after:
        bound = f"and (moment, info_code) {'<' if older else '>'} (%(moment)s, %(code)s)"
    moment, code = after or (None, None)
    return connection.execute(
        f"""
        select moment, info_code from search_texts where moment >= %(since)s and moment < %(until)s {bound}
        order by moment {order}, info_code {order} offset %(size)s limit 1
        """,
        {**given, "size": size - 1, "moment": moment, "code": code},
    ).fetchone()


_KEYS: LiteralString = "search_keys(text, facts)"
_MOMENT: LiteralString = "moment + interval '0'"
"""The moment as no index has it: a stretch is told to the index of keys by facts, and the rest is for its rows."""


def _condition(wanted: Wanted) -> LiteralString:
    """What is looked up of a row, one after another in their order, until there are enough."""
    conditions: list[LiteralString] = [
        "(select bool_and(strpos(h.text, word) > 0) from unnest(%(words)s::text[]) as word) is not false"
    ]
    if wanted.media is not None:
        conditions.append("(select media from articles a where a.info_code = h.info_code) = %(media)s")
    if wanted.security:
        conditions.append("""
            (select count(*) from securities s
             where s.info_code = h.info_code and (s.code = %(security)s or s.name = %(security)s)) > 0""")
    if wanted.edited:
        conditions.append("h.revision > 1")
    return " and ".join(conditions)


def _given(wanted: Wanted) -> dict[str, Any]:
    facts = [EDITED] if wanted.edited else []
    if wanted.media is not None:
        facts.append(media_fact(wanted.media))
    if wanted.security:
        facts.append(security_fact(wanted.security))
    since, until = bounds_of(wanted)
    return {
        "pairs": sorted({key for word in wanted.words for key in _keys_of(word)}),
        "facts": facts,
        "words": list(wanted.words),
        "media": wanted.media,
        "security": wanted.security,
        "since": since,
        "until": until,
        "few_days": bool(wanted.first or wanted.last),
    }


def bounds_of(wanted: Wanted) -> tuple[datetime, datetime]:
    """The moments from which (included) and to which (not) the days that are wanted reach."""
    since = midnight(wanted.first) if wanted.first else datetime.min.replace(tzinfo=CHINA)
    last = wanted.last
    until = (
        midnight(last + timedelta(days=1)) if last and last < date.max else datetime.max.replace(tzinfo=CHINA)
    )
    return since, until


def _keys_of(word: str) -> Sequence[int]:
    """The keys of a word, as `search_keys` of the schema makes them of a text: numbers of 32 bits with a sign."""
    if len(word) == 1:
        return [ord(word)]
    keys = (ord(one) << 16 & 0xFFFFFFFF | ord(other) for one, other in pairwise(word))
    return [key - (1 << 32) if key >= 1 << 31 else key for key in keys]


def _time_facts(lower: Place | None, upper: Place | None, given: dict[str, Any]) -> list[str]:
    """Facts one of which every article between two places has; none where it would take too many."""
    first = max(given["since"], lower[0]) if lower else given["since"]
    last = min(given["until"], upper[0]) if upper else given["until"]
    day, end = first.astimezone(CHINA).date(), last.astimezone(CHINA).date()
    if (end - day).days < _MOST_KEYS:
        return [f"day {day + timedelta(days=number)}" for number in range((end - day).days + 1)]
    months = range(day.year * 12 + day.month - 1, end.year * 12 + end.month)
    if len(months) <= _MOST_KEYS:
        return [f"month {number // 12:04}-{number % 12 + 1:02}" for number in months]
    years = range(day.year, end.year + 1)
    return [f"year {year:04}" for year in years] if len(years) <= _MOST_KEYS else []
