"""Quarantine: payloads that could not become a post, with stage, reason, parser version and time.

Each has the title that it says itself, and the media and the day of its article, as far as they are known; whoever
writes what these are taken from (`sightings`, `listings`) calls `name_again`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, LiteralString

from psycopg import Connection, sql
from psycopg.rows import class_row

from finews.schema.coverage import day_of
from finews.schema.records import FEEDS, QuarantineItem, Record, Rejection
from finews.schema.sieve import Sieve

COLUMNS: Final = sql.SQL(
    "info_code, stage, reason, at, payload_id, normaliser, discarded_at, discarded_by, discarded_why, media, day, title"
)
"""The columns of a QuarantineItem."""
_FEEDS: LiteralString = "array['" + "', '".join(FEEDS) + "']"

LENDABLE = ("title_missing", "date_missing", "media_missing")
"""Reasons for which an article waits that a list of the source may help: it may say what is missing."""


@dataclass(frozen=True, kw_only=True, order=True)
class Seen(Record):
    """An item as somebody saw it. Its payload and its time change with whatever changes in it, but for a discard."""

    info_code: str
    payload_id: int
    at: datetime
    discarded: bool = False


def _media(said: LiteralString) -> LiteralString:
    """The media of the article of a row `q`: the row's, what feeds say, else what `said` names, else the search's."""
    lists: LiteralString = r"""
        select nullif(btrim(regexp_replace(media, '\s+', ' ', 'g')), '') as media, feed, info_code from"""
    return f"""coalesce(
        (select media from articles a where a.info_code = q.info_code),
        (select media from ({lists} sightings) s where s.info_code = q.info_code and media is not null
             and feed = any({_FEEDS}) order by array_position({_FEEDS}, feed) limit 1),
        nullif({said}, ''),
        (select media from ({lists} sightings union all {lists} listings) s
         where s.info_code = q.info_code and media is not null order by feed limit 1), '')"""


def keep_back(connection: Connection[Any], rejections: Sequence[Rejection], *, normaliser: int) -> None:
    """Puts payloads into quarantine; the newest reason of an article stands."""
    if not rejections:
        return
    connection.execute(
        f"""
        insert into quarantine (info_code, stage, reason, payload_id, normaliser, media, day, title)
        select info_code, stage, reason, payload_id, %s, {_media("q.media")}, {day_of("q")}, title
        from unnest(%s::text[], %s::text[], %s::text[], %s::int8[], %s::text[], %s::text[])
             as q (info_code, stage, reason, payload_id, media, title)
        order by info_code
        on conflict (info_code) do update
            set stage = excluded.stage, reason = excluded.reason, at = now(), payload_id = excluded.payload_id,
                normaliser = excluded.normaliser, discarded_at = null, discarded_by = null, discarded_why = null,
                media = excluded.media, day = excluded.day, title = excluded.title
        """,
        [
            normaliser,
            [r.info_code for r in rejections],
            [r.stage for r in rejections],
            [r.reason for r in rejections],
            [r.payload_id for r in rejections],
            [r.media for r in rejections],
            [r.title for r in rejections],
        ],
    )


def name_again(connection: Connection[Any], codes: Collection[str]) -> None:
    """Notes media and day anew of those of `codes` that are in quarantine: the source has said more of them."""
    connection.execute(
        f"""
        update quarantine q set media = {_media("q.media")}, day = {day_of("q")} where q.info_code = any(%s)
          and (q.media, q.day) is distinct from ({_media("q.media")}, {day_of("q")})
        """,
        [list(codes)],
    )


def let_out(connection: Connection[Any], codes: Collection[str]) -> None:
    """Takes articles out of quarantine: they became posts."""
    connection.execute("delete from quarantine where info_code = any(%s)", [list(codes)])


def quarantined(
    connection: Connection[Any], *, codes: Collection[str], discarded: bool = False
) -> list[QuarantineItem]:
    """What is in quarantine of these articles, newest first; `discarded` shows also what was discarded."""
    with connection.cursor(row_factory=class_row(QuarantineItem)) as cursor:
        return cursor.execute(
            sql.SQL("""
            select {} from quarantine where info_code = any(%s) and (%s or discarded_at is null)
            order by at desc, info_code
            """).format(COLUMNS),
            [list(codes), discarded],
        ).fetchall()


def sieved(
    connection: Connection[Any],
    sieve: Sieve,
    *,
    codes: Collection[str] | None = None,
    after: tuple[datetime, str] | None = None,
    most: int | None = None,
) -> list[QuarantineItem]:
    """Up to `most` of what a sieve leaves (of these articles), newest first, behind the place (time, infoCode)."""
    beyond: LiteralString = "" if after is None else " and (q.at, q.info_code) < (%(at)s, %(code)s)"
    if codes is not None:
        beyond += " and q.info_code = any(%(codes)s)"
    with connection.cursor(row_factory=class_row(QuarantineItem)) as cursor:
        return cursor.execute(
            sql.SQL(f"""
            select {{}} from quarantine q where {sieve.conditions}{beyond}
            order by q.at desc, q.info_code desc limit %(most)s
            """).format(COLUMNS),
            {
                **sieve.parameters,
                "codes": None if codes is None else list(codes),
                "at": after[0] if after else None,
                "code": after[1] if after else None,
                "most": most,
            },
        ).fetchall()


def discard(connection: Connection[Any], codes: Collection[str], *, who: str, why: str) -> set[str]:
    """Marks items as discarded, with who and why; returns those that were there to discard."""
    rows = connection.execute(
        """
        update quarantine set discarded_at = now(), discarded_by = %s, discarded_why = %s
        where info_code = any(%s) and discarded_at is null returning info_code
        """,
        [who, why, list(codes)],
    )
    return {code for (code,) in rows}


def discard_seen(connection: Connection[Any], seen: Collection[Seen], *, who: str, why: str) -> set[str]:
    """Marks as discarded those that are still as they were seen; returns their codes."""
    rows = connection.execute(
        """
        update quarantine q set discarded_at = now(), discarded_by = %s, discarded_why = %s
        from unnest(%s::text[], %s::int8[], %s::timestamptz[]) as seen (info_code, payload_id, at)
        where (q.info_code, q.payload_id, q.at) = (seen.info_code, seen.payload_id, seen.at)
          and q.discarded_at is null
        returning q.info_code
        """,
        [who, why, [s.info_code for s in seen], [s.payload_id for s in seen], [s.at for s in seen]],
    )
    return {code for (code,) in rows}


def discard_sieved(connection: Connection[Any], sieve: Sieve, *, who: str, why: str) -> int:
    """Marks as discarded all that a sieve leaves; returns how many that were."""
    return connection.execute(
        f"""
        update quarantine q set discarded_at = now(), discarded_by = %(who)s, discarded_why = %(why)s
        where q.discarded_at is null and {sieve.conditions}
        """,
        {**sieve.parameters, "who": who, "why": why},
    ).rowcount


def count_sieved(connection: Connection[Any], sieve: Sieve) -> int:
    """How many a sieve leaves."""
    row = connection.execute(
        f"select count(*) from quarantine q where {sieve.conditions}", sieve.parameters
    ).fetchone()
    assert row is not None
    return int(row[0])


def count_quarantined(connection: Connection[Any]) -> int:
    """How many items wait in quarantine."""
    row = connection.execute("select count(*) from quarantine where discarded_at is null").fetchone()
    assert row is not None
    return int(row[0])
