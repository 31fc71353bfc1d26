"""Quarantine as an operator looks at it: counted by reason, and what is known beside an item.

What counts reads what is in quarantine once; everything else is looked up by its key.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from psycopg import Connection
from psycopg.rows import class_row

from finews.schema.listings import listing_from
from finews.schema.records import Listing, Record
from finews.schema.sieve import Sieve

HOURS: Final = 24
"""How far back the trend of a reason goes; the same time before it is told beside."""


@dataclass(frozen=True, kw_only=True)
class Kept(Record):
    """How many are there for a reason, as one stage and one normaliser kept them back."""

    reason: str
    stage: str
    normaliser: int
    count: int
    oldest: datetime
    newest: datetime


def along_indexes(connection: Connection[Any]) -> None:
    """For this transaction, tables are not read from end to end.

    Counting all of quarantine, the planner would rather do that, though an index holds what is asked for.
    """
    connection.execute("set local enable_seqscan = off")
    connection.execute("set local enable_bitmapscan = off")


def kept_by_reason(connection: Connection[Any], sieve: Sieve) -> list[Kept]:
    """What a sieve leaves, counted by reason, stage and normaliser."""
    with connection.cursor(row_factory=class_row(Kept)) as cursor:
        return cursor.execute(
            f"""
            select reason, stage, normaliser, count(*)::int as count, min(at) as oldest, max(at) as newest
            from quarantine q where {sieve.conditions} group by 1, 2, 3 order by 1, 2, 3
            """,
            sieve.parameters,
        ).fetchall()


def arrivals(connection: Connection[Any], sieve: Sieve, now: datetime) -> dict[str, list[int]]:
    """Reason → how many of those that are there came in each of the last 48 hours, the oldest hour first."""
    found: dict[str, list[int]] = {}
    for reason, ago, number in connection.execute(
        f"""
        select reason, floor(extract(epoch from %(now)s - at) / 3600)::int as ago, count(*)
        from quarantine q where {sieve.conditions} and at > %(begin)s and at <= %(now)s group by 1, 2
        """,
        {**sieve.parameters, "now": now, "begin": now - timedelta(hours=2 * HOURS)},
    ):
        found.setdefault(reason, [0] * 2 * HOURS)[2 * HOURS - 1 - ago] = number
    return found


def media_in_quarantine(connection: Connection[Any], most: int = 100) -> list[tuple[str, int]]:
    """(media, how many wait), those with most first; `` is where nobody says it."""
    rows = connection.execute(
        """
        select media, count(*) from quarantine where discarded_at is null
        group by media order by count(*) desc, media limit %s
        """,
        [most],
    )
    return [(media, number) for media, number in rows]


def count_discarded(connection: Connection[Any]) -> int:
    """How many were discarded."""
    row = connection.execute("select count(*) from quarantine where discarded_at is not null").fetchone()
    assert row is not None
    return int(row[0])


def seen_at(connection: Connection[Any]) -> datetime:
    """The moment of this look: what comes into quarantine later was not seen by it."""
    row = connection.execute("select now()").fetchone()
    assert row is not None
    moment: datetime = row[0]
    return moment


def titles_of(connection: Connection[Any], codes: Collection[str]) -> dict[str, str]:
    """infoCode → the title that its row has, or a feed or the search gave it; those without one are left out."""
    rows = connection.execute(
        """
        select distinct on (info_code) info_code, title from (
            select info_code, title, 0 as rank from articles where info_code = any(%(codes)s)
            union all select info_code, title, 1 from sightings where info_code = any(%(codes)s)
            union all select info_code, title, 2 from listings where info_code = any(%(codes)s)) said
        where title <> '' order by info_code, rank
        """,
        {"codes": list(codes)},
    )
    return dict(rows.fetchall())


@dataclass(frozen=True, kw_only=True)
class ReplayRun(Record):
    """A run of `replay` as the ledger has it."""

    id: int
    state: str
    counts: Mapping[str, int]
    detail: Mapping[str, Any]
    started_at: datetime
    ended_at: datetime | None


def replay_run(connection: Connection[Any], number: int) -> ReplayRun | None:
    """The replay with this number, None where there is none."""
    with connection.cursor(row_factory=class_row(ReplayRun)) as cursor:
        return cursor.execute(
            "select id, state, counts, detail, started_at, ended_at from runs where id = %s and kind = 'replay'",
            [number],
        ).fetchone()


@dataclass(frozen=True, kw_only=True)
class Provenance(Record):
    """Where a payload came from, and when the same answer was seen last."""

    url: str
    status: int
    content_type: str
    part: str
    size: int
    fetched_at: datetime
    last_seen_at: datetime


def provenance(connection: Connection[Any], payload_id: int) -> Provenance:
    """Where a stored payload came from."""
    with connection.cursor(row_factory=class_row(Provenance)) as cursor:
        found = cursor.execute(
            "select url, status, content_type, part, size, fetched_at, last_seen_at from payloads where id = %s",
            [payload_id],
        ).fetchone()
    assert found is not None, "a payload in quarantine is never deleted"
    return found


def listings_said(connection: Connection[Any], code: str) -> list[Listing]:
    """What a list of the source that was read far back says of an article."""
    rows = connection.execute(
        """
        select info_code, feed, title, moment, media, digest, url from listings
        where info_code = %s order by feed
        """,
        [code],
    )
    return [listing_from(row) for row in rows]
