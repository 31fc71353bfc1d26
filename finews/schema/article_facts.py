"""All that is kept of one article beside its row: its link, its payloads, its earlier texts, where it was seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row

from finews.schema.payloads import read_payloads
from finews.schema.records import LinkState, Payload, Record, midnight


@dataclass(frozen=True, kw_only=True)
class LinkFacts(Record):
    """How a link stands. `due_at` counts only in states that are asked again; `run` is the one that is at it now."""

    info_code: str
    state: LinkState
    reason: str
    attempts: int
    discovered_at: datetime
    changed_at: datetime
    due_at: datetime
    run: int | None
    backfill: int | None

    def __post_init__(self) -> None:
        object.__setattr__(self, "state", LinkState(self.state))
        super().__post_init__()


@dataclass(frozen=True, kw_only=True)
class PayloadFacts(Record):
    """A payload without its bytes; `hash` is the SHA-256 of what it unpacks to. One that is not `kept` has none."""

    id: int
    part: str
    url: str
    status: int
    content_type: str
    fetched_at: datetime
    last_seen_at: datetime
    run: int
    hash: bytes
    size: int
    kept: bool


@dataclass(frozen=True, kw_only=True)
class Revision(Record):
    """A text of an article. `replaced_at` is None of the one that stands."""

    revision: int
    title: str
    moment: datetime
    body: str
    payload_id: int
    loaded_at: datetime
    replaced_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Sighting(Record):
    """What a feed, or the search of a backfill, said of an article; `run` is None for the search."""

    feed: str
    seen_at: datetime
    run: int | None
    title: str
    moment: datetime | None
    media: str
    digest: str
    url: str


def link_facts(connection: Connection[Any], info_code: str) -> LinkFacts | None:
    """How its link stands; None where it is not known."""
    with connection.cursor(row_factory=class_row(LinkFacts)) as cursor:
        return cursor.execute(
            """
            select info_code, state, reason, attempts, discovered_at, changed_at, due_at,
                   case when lease_until > now() then lease_run end as run, backfill_id as backfill
            from links where info_code = %s
            """,
            [info_code],
        ).fetchone()


def payload_facts(connection: Connection[Any], info_code: str) -> list[PayloadFacts]:
    """Its payloads, the one seen last first."""
    with connection.cursor(row_factory=class_row(PayloadFacts)) as cursor:
        return cursor.execute(
            """
            select id, part, url, status, content_type, fetched_at, last_seen_at, run_id as run, hash, size,
                   codec <> 'dropped' as kept
            from payloads where info_code = %s order by last_seen_at desc, id desc
            """,
            [info_code],
        ).fetchall()


def payload_of(connection: Connection[Any], info_code: str, number: int) -> Payload | None:
    """One of its payloads with its bytes; None where it has no such, or its bytes were let go of."""
    found = next(read_payloads(connection, [number]), None)
    return found if found and found.info_code == info_code else None


def revisions(connection: Connection[Any], info_code: str) -> list[Revision]:
    """Its texts, the one that stands first; empty where it has no row."""
    with connection.cursor(row_factory=class_row(Revision)) as cursor:
        return cursor.execute(
            """
            select revision, title, moment, body, payload_id, loaded_at, null::timestamptz as replaced_at
            from articles where info_code = %(code)s
            union all
            select revision, title, moment, body, payload_id, loaded_at, replaced_at
            from revisions where info_code = %(code)s
            order by revision desc
            """,
            {"code": info_code},
        ).fetchall()


def seen_by(connection: Connection[Any], info_code: str) -> list[Sighting]:
    """Who listed it, the first first."""
    with connection.cursor(row_factory=class_row(Sighting)) as cursor:
        return cursor.execute(
            """
            select feed, seen_at, run_id as run, title, moment, media, digest, url from sightings
            where info_code = %(code)s
            union all
            select feed, seen_at, null, title, moment, media, digest, url from listings where info_code = %(code)s
            order by seen_at, feed
            """,
            {"code": info_code},
        ).fetchall()


def feeds_watched(connection: Connection[Any], day: date) -> Mapping[str, int]:
    """Feed → how many articles it was the first time seen to list on that day of China; empty where none was read."""
    rows = connection.execute(
        "select feed, count(*) from sightings where seen_at >= %s and seen_at < %s group by feed order by feed",
        [midnight(day), midnight(day + timedelta(days=1))],
    )
    return dict(rows.fetchall())
