"""Texts that stand under several infoCodes, found by their hash. The first of them is the earliest.

Nothing of it is stored but the hash: an earlier one may come later, as a backfill brings it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, LiteralString

from psycopg import Connection

from finews.schema.post_rows import fitting

_TELLING: LiteralString = "text_hash > ''"
"""Of rows whose text says enough to be told from others."""


def same_text(connection: Connection[Any], info_code: str, limit: int) -> list[str]:
    """The infoCodes under which this article's text stands, the first first, its own among them.

    At most `limit`; empty where the article has no row, says too little, or its hash is not known yet.
    """
    rows = connection.execute(
        """
        select info_code from articles
        where text_hash = (select nullif(text_hash, '') from articles where info_code = %s)
        order by moment, info_code limit %s
        """,
        [info_code, limit],
    )
    return [code for (code,) in rows]


def repetitions(
    connection: Connection[Any], limit: int, *, since: datetime | None = None, until: datetime | None = None
) -> list[tuple[str, str]]:
    """(infoCode, that of the first with its text) of articles that repeat another, at most `limit`.

    `since` and `until` (not included) bound the moment of the one that repeats, not of the first.
    """
    rows = connection.execute(
        f"""
        select info_code, first from (
            select info_code, moment,
                   first_value(info_code) over (partition by text_hash order by moment, info_code) as first
            from articles where text_hash in ({_REPEATED})) as told
        where info_code <> first and {_IN_RANGE} order by first, moment, info_code limit %(limit)s
        """,
        {"limit": limit, "since": since, "until": until},
    )
    return [(code, first) for code, first in rows]


def count_repetitions(
    connection: Connection[Any], *, since: datetime | None = None, until: datetime | None = None
) -> int:
    """How many articles `repetitions` would tell without a limit."""
    row = connection.execute(
        f"""
        select count(*) from (
            select moment, row_number() over (partition by text_hash order by moment, info_code) as place
            from articles where text_hash in ({_REPEATED})) as told
        where place > 1 and {_IN_RANGE}
        """,
        {"since": since, "until": until},
    ).fetchone()
    assert row is not None
    return int(row[0])


_IN_RANGE: LiteralString = """
    (%(since)s::timestamptz is null or moment >= %(since)s)
    and (%(until)s::timestamptz is null or moment < %(until)s)"""
_REPEATED: LiteralString = f"""
    select text_hash from articles where {_TELLING} group by text_hash having count(*) > 1"""


def count_unhashed(connection: Connection[Any]) -> int:
    """Rows of which it is not known yet whether they repeat another: they were loaded before there were hashes."""
    row = connection.execute("select count(*) from articles where text_hash is null").fetchone()
    assert row is not None
    return int(row[0])


def next_unhashed(connection: Connection[Any], after: str) -> list[tuple[str, bytes, str]]:
    """The next of those rows: (infoCode, content hash, body), as many as fit into memory; empty at the end."""
    codes = fitting(connection, "text_hash is null", after=after)
    return connection.execute(
        "select info_code, content_hash, body from articles where info_code = any(%s) order by info_code",
        [codes],
    ).fetchall()


def note_text_hashes(connection: Connection[Any], hashes: Sequence[tuple[str, bytes, bytes]]) -> int:
    """Notes (infoCode, content hash, text hash) where the row still has that text and no hash; returns how many."""
    codes, contents, texts = (
        [list(column) for column in zip(*hashes, strict=True)] if hashes else ([], [], [])
    )
    return connection.execute(
        """
        with unhashed as (
            select a.info_code, h.text from articles a
            join unnest(%s::text[], %s::bytea[], %s::bytea[]) as h (info_code, content, text) using (info_code)
            where a.content_hash = h.content and a.text_hash is null
            order by a.info_code for no key update of a)
        update articles set text_hash = unhashed.text from unhashed
        where articles.info_code = unhashed.info_code
        """,
        [codes, contents, texts],
    ).rowcount
