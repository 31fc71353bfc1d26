"""Quarantine: payloads that could not become a post, with stage, reason, parser version and time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from psycopg import Connection, sql
from psycopg.rows import class_row

from finews.schema.records import QuarantineItem, Rejection

_COLUMNS = sql.SQL(
    "info_code, stage, reason, at, payload_id, normaliser, discarded_at, discarded_by, discarded_why"
)

LENDABLE = ("title_missing", "date_missing", "media_missing")
"""Reasons for which an article waits that a list of the source may help: it may say what is missing."""


def keep_back(connection: Connection[Any], rejections: Sequence[Rejection], *, normaliser: int) -> None:
    """Puts payloads into quarantine; the newest reason of an article stands."""
    connection.execute(
        """
        insert into quarantine (info_code, stage, reason, payload_id, normaliser)
        select info_code, stage, reason, payload_id, %s
        from unnest(%s::text[], %s::text[], %s::text[], %s::int8[]) as r (info_code, stage, reason, payload_id)
        order by info_code
        on conflict (info_code) do update
            set stage = excluded.stage, reason = excluded.reason, at = now(), payload_id = excluded.payload_id,
                normaliser = excluded.normaliser, discarded_at = null, discarded_by = null, discarded_why = null
        """,
        [
            normaliser,
            [r.info_code for r in rejections],
            [r.stage for r in rejections],
            [r.reason for r in rejections],
            [r.payload_id for r in rejections],
        ],
    )


def let_out(connection: Connection[Any], codes: Collection[str]) -> None:
    """Takes articles out of quarantine: they became posts."""
    connection.execute("delete from quarantine where info_code = any(%s)", [list(codes)])


def quarantined(
    connection: Connection[Any],
    *,
    codes: Collection[str] | None = None,
    reason: str | None = None,
    discarded: bool = False,
    limit: int | None = None,
) -> list[QuarantineItem]:
    """What is in quarantine, newest first; `discarded` shows also what was discarded."""
    with connection.cursor(row_factory=class_row(QuarantineItem)) as cursor:
        return cursor.execute(
            sql.SQL("""
            select {} from quarantine
            where (%(codes)s::text[] is null or info_code = any(%(codes)s))
              and (%(reason)s::text is null or reason = %(reason)s)
              and (%(discarded)s or discarded_at is null)
            order by at desc, info_code limit %(limit)s
            """).format(_COLUMNS),
            {
                "codes": None if codes is None else list(codes),
                "reason": reason,
                "discarded": discarded,
                "limit": limit,
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


def count_quarantined(connection: Connection[Any]) -> int:
    """How many items wait in quarantine."""
    row = connection.execute("select count(*) from quarantine where discarded_at is null").fetchone()
    assert row is not None
    return int(row[0])
