"""Lists of articles, a page at a time: by time, or by the state of their links; and what a list shows of each."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, LiteralString

from psycopg import Connection
from psycopg.rows import class_row

from finews.schema.records import LinkState, Record
from finews.schema.search import Place, Wanted, bounds_of

_LONGEST: Final = 50_000
"""Characters of a body within which an excerpt is looked for; of a longer one its beginning is shown."""


@dataclass(frozen=True, kw_only=True)
class Brief(Record):
    """What a list shows of an article. One that is not here has no revision, and what a feed said of it.

    `body` is HTML, cut where it is very long, and empty where nobody asked for it.
    """

    info_code: str
    title: str
    media: str
    moment: datetime | None
    rolling: bool
    revision: int | None
    published: bool
    state: LinkState
    reason: str
    changed_at: datetime
    body: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "state", LinkState(self.state))
        super().__post_init__()


def by_time(
    connection: Connection[Any], wanted: Wanted, limit: int, *, after: Place | None, older: bool
) -> list[Place]:
    """Up to `limit` places of the articles of the days that are wanted, nearest first: older than `after`, or newer."""
    since, until = bounds_of(wanted)
    order: LiteralString = "desc" if older else "asc"
    bound: LiteralString = ""
    if after:
        bound = f"and (moment, info_code) {'<' if older else '>'} (%(moment)s, %(code)s)"
    moment, code = after or (None, None)
    return connection.execute(
        f"""
        select moment, info_code from articles where moment >= %(since)s and moment < %(until)s {bound}
        order by moment {order}, info_code {order} limit %(limit)s
        """,
        {"since": since, "until": until, "moment": moment, "code": code, "limit": limit},
    ).fetchall()


def by_state(
    connection: Connection[Any],
    state: LinkState,
    wanted: Wanted,
    limit: int,
    *,
    after: str,
    older: bool,
) -> list[str]:
    """Up to `limit` infoCodes whose links stand in `state`, nearest first: before `after`, or behind it.

    The days that are wanted are those that the codes name. Where an article is not here, its words and its media
    are those that feeds said. Not for `done`, which nearly all are.
    """
    order: LiteralString = "desc" if older else "asc"
    conditions: LiteralString = ""
    if after:
        conditions += f" and info_code {'<' if older else '>'} %(after)s"
    if wanted.words:
        conditions += f" and {_SAYS}"
    if wanted.media is not None:
        conditions += f" and {_PRINTED_BY}"
    if wanted.security:
        conditions += """
            and exists (select from securities s where s.info_code = k.info_code
                        and (s.code = %(security)s or s.name = %(security)s))"""
    if wanted.edited:
        conditions += (
            " and exists (select from articles a where a.info_code = k.info_code and a.revision > 1)"
        )
    rows = connection.execute(
        f"""
        select info_code from links k
        where state = %(state)s and state <> 'done' and info_code >= %(first)s and info_code <= %(last)s {conditions}
        order by info_code {order} limit %(limit)s
        """,
        {
            "state": state.value,
            "after": after,
            "limit": limit,
            "first": _code_of(wanted.first) if wanted.first else "NW",
            # Nine is the last digit, and a code has fewer of them.
            "last": f"{_code_of(wanted.last)}99999999999" if wanted.last else "NX",
            "words": list(wanted.words),
            "media": wanted.media,
            "security": wanted.security,
        },
    )
    return [code for (code,) in rows]


_SAYS: LiteralString = """
    (exists (select from search_texts t where t.info_code = k.info_code and not exists (
         select from unnest(%(words)s::text[]) as word where strpos(t.text, word) = 0))
     or exists (select from sightings s where s.info_code = k.info_code and not exists (
         select from unnest(%(words)s::text[]) as word where strpos(lower(normalize(s.title, nfkc)), word) = 0)))"""
_PRINTED_BY: LiteralString = """
    (exists (select from articles a where a.info_code = k.info_code and a.media = %(media)s)
     or exists (select from sightings s where s.info_code = k.info_code and s.media = %(media)s))"""


def briefs(connection: Connection[Any], codes: Collection[str], *, bodies: bool = False) -> dict[str, Brief]:
    """infoCode → what a list shows of it, for those of `codes` that are known."""
    body: LiteralString = f"left(a.body, {_LONGEST})" if bodies else "''"
    with connection.cursor(row_factory=class_row(Brief)) as cursor:
        rows = cursor.execute(
            f"""
            select k.info_code, coalesce(a.title, s.title, '') as title, coalesce(a.media, s.media, '') as media,
                   coalesce(a.moment, s.moment) as moment,
                   coalesce(a.rolling, false) as rolling, a.revision,
                   a.published_revision is not null and a.published_revision = a.revision as published,
                   k.state, k.reason, k.changed_at, coalesce({body}, '') as body
            from links k
            left join articles a using (info_code)
            left join lateral (
                select max(title) as title, max(media) as media, max(moment) as moment from sightings
                where sightings.info_code = k.info_code and a.info_code is null) s on true
            where k.info_code = any(%s)
            """,
            [list(codes)],
        ).fetchall()
    return {each.info_code: each for each in rows}


def _code_of(day: date) -> str:
    return f"NW{day:%Y%m%d}"
