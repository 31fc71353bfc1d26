"""Chunks of a backfill: taken by one run at a time, listed, then fetched; a dead run's chunk is free at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

from finews.schema.quarantine import LENDABLE
from finews.schema.records import LinkState, Outcome, Record
from finews.schema.staging import stage

Span = tuple[datetime | None, datetime | None]
"""From the first moment on and before the second; None: without that border."""
Unread = tuple[datetime | None, datetime | None, str]
"""A span that could not be read, and the machine word for why."""


@dataclass(frozen=True, kw_only=True)
class Chunk(Record):
    """A part of a backfill's range, from `since` on and before `until`; None: without that border."""

    number: int
    since: datetime | None
    until: datetime | None


@dataclass(frozen=True, kw_only=True)
class WantedLink(Record):
    """An article that a backfill has not brought to its end: whether it has a row, and where its link stands."""

    info_code: str
    present: bool
    state: LinkState | None


def take_chunks(
    connection: Connection[Any], backfill: int, run: int, *, listed: bool, limit: int = 1
) -> list[Chunk]:
    """Takes up to `limit` chunks for this run, of those whose list is read already or of the others.

    What this run has already comes first: a step that is tried again must not wait for itself.
    """
    rows = connection.execute(
        """
        with free as (
            select number from backfill_chunks
            where backfill_id = %(backfill)s and state = %(state)s and (run_id is null or run_id = %(run)s)
            order by run_id nulls last, number limit %(limit)s for update skip locked)
        update backfill_chunks c set run_id = %(run)s from free
        where c.backfill_id = %(backfill)s and c.number = free.number
        returning c.number, c.since, c.until
        """,
        {"backfill": backfill, "run": run, "state": "listed" if listed else "open", "limit": limit},
    )
    return sorted(
        (Chunk(number=number, since=since, until=until) for number, since, until in rows),
        key=lambda chunk: chunk.number,
    )


def free_chunks_of_the_dead(connection: Connection[Any], backfill: int) -> None:
    """Frees chunks whose run is gone, once what that run brought to its end is noted."""
    runs = connection.execute(
        """
        select distinct run_id from backfill_chunks where backfill_id = %s and state <> 'done'
          and run_id is not null order by 1
        """,
        [backfill],
    ).fetchall()
    for (run,) in runs:
        if connection.execute(
            "select pg_try_advisory_xact_lock(hashtext('finews run'), %s)", [run]
        ).fetchone() == (True,):
            hear_what_ended(connection, backfill, run)
            connection.execute(
                "update backfill_chunks set run_id = null where backfill_id = %s and run_id = %s and state <> 'done'",
                [backfill, run],
            )


def hear_what_ended(connection: Connection[Any], backfill: int, run: int) -> dict[str, Outcome]:
    """Notes what the ledger tells of articles in this run's chunks; returns what was not noted before.

    An article counts from the moment at which this run stored its answer, also where another one read it.
    """
    rows = connection.execute(
        """
        with begun as (
            select b.info_code, min(e.id) as first from backfill_links b
            join backfill_chunks c on c.backfill_id = b.backfill_id and c.number = b.chunk and c.run_id = %(run)s
            join events e on e.info_code = b.info_code and e.run_id = %(run)s
            where b.backfill_id = %(backfill)s and b.outcome is null group by 1),
        ended as (
            select distinct on (info_code) info_code, outcome from begun join events using (info_code)
            where events.id >= begun.first and outcome is not null order by info_code, events.id desc)
        update backfill_links b set outcome = ended.outcome from ended
        where b.backfill_id = %(backfill)s and b.info_code = ended.info_code
        returning b.info_code, b.outcome
        """,
        {"backfill": backfill, "run": run},
    )
    return {code: Outcome(outcome) for code, outcome in rows}


def release_chunks(connection: Connection[Any], backfill: int, run: int) -> None:
    """Gives back the chunks that this run has and did not finish."""
    connection.execute(
        "update backfill_chunks set run_id = null where backfill_id = %s and run_id = %s and state <> 'done'",
        [backfill, run],
    )


def list_articles(
    connection: Connection[Any],
    backfill: int,
    articles: Sequence[tuple[str, int, date, str]],
    *,
    media: str,
) -> int:
    """Puts articles (infoCode, chunk, day, media name) into a backfill, each once; returns how many were new to it.

    With `media` only those that the source or our own row gives this name.
    """
    columns = {"info_code": "text", "chunk": "int4", "day": "date", "media": "text"}
    stage(connection, "stage_backfill_links", columns, articles)
    return connection.execute(
        """
        insert into backfill_links (backfill_id, info_code, chunk, day)
        select distinct on (info_code) %(backfill)s, s.info_code, s.chunk, s.day from stage_backfill_links s
        where %(media)s = '' or coalesce(
            (select a.media from articles a where a.info_code = s.info_code), s.media) = %(media)s
        order by s.info_code, s.chunk on conflict do nothing
        """,
        {"backfill": backfill, "media": media},
    ).rowcount


def chunks_listed(
    connection: Connection[Any],
    backfill: int,
    numbers: Collection[int],
    *,
    unread: Mapping[int, Sequence[Span]],
    reason: str = "",
    requests: int = 0,
) -> None:
    """Notes that the lists of these chunks were read, but for what is `unread` of them, and frees the chunks.

    `requests` is what that cost; it is noted with the first of them.
    """
    for place, number in enumerate(sorted(numbers)):
        spans = [[each.isoformat() if each else None for each in span] for span in unread.get(number, ())]
        connection.execute(
            """
            update backfill_chunks set state = 'listed', run_id = null, unread = %s, reason = %s, requests = %s
            where backfill_id = %s and number = %s and state = 'open'
            """,
            [Jsonb(spans), reason if spans else "", 0 if place else requests, backfill, number],
        )


def unread_of(connection: Connection[Any], backfill: int) -> list[Unread]:
    """(since, until, reason) of what could not be read of a backfill's list, newest first."""
    rows = connection.execute(
        """
        select (span ->> 0)::timestamptz, (span ->> 1)::timestamptz, reason
        from backfill_chunks, jsonb_array_elements(unread) as span where backfill_id = %s order by number, 1 desc
        """,
        [backfill],
    )
    return list(rows)


def lendable(connection: Connection[Any], backfill: int) -> list[str]:
    """Articles of a backfill that wait in quarantine for something that its list may say."""
    rows = connection.execute(
        """
        select q.info_code from quarantine q join backfill_links b using (info_code)
        where b.backfill_id = %s and b.outcome is null and q.discarded_at is null and q.reason = any(%s)
          and not exists (select from articles a where a.info_code = q.info_code) order by 1
        """,
        [backfill, list(LENDABLE)],
    )
    return [code for (code,) in rows]


def skip_what_is_here(connection: Connection[Any], backfill: int, *, explicit: bool) -> int:
    """Ends those articles of a backfill that it is not to ask for; returns how many these are.

    They have a row, or were forgotten, or wait in quarantine, if they were not named one by one (`explicit`).
    """
    return connection.execute(
        """
        update backfill_links b set outcome = 'skipped'
        where backfill_id = %s and outcome is null and (
            exists (select from articles a where a.info_code = b.info_code)
            or exists (select from links l where l.info_code = b.info_code
                       and (l.state = 'forgotten' or (l.state = 'quarantined' and not %s))))
        """,
        [backfill, explicit],
    ).rowcount


def next_wanted(
    connection: Connection[Any], backfill: int, chunk: int, *, after: str, limit: int
) -> list[WantedLink]:
    """The next articles of a chunk, in the order of their codes, that have not come to their end."""
    rows = connection.execute(
        """
        select b.info_code, a.info_code is not null, l.state
        from backfill_links b left join articles a using (info_code) left join links l using (info_code)
        where b.backfill_id = %s and b.chunk = %s and b.outcome is null and b.info_code > %s
        order by b.info_code limit %s
        """,
        [backfill, chunk, after, limit],
    )
    return [
        WantedLink(info_code=code, present=present, state=LinkState(state) if state else None)
        for code, present, state in rows
    ]


def end_links(connection: Connection[Any], backfill: int, outcomes: Mapping[str, Outcome]) -> None:
    """Notes how articles ended in a backfill."""
    connection.execute(
        """
        update backfill_links b set outcome = e.outcome
        from unnest(%s::text[], %s::text[]) as e (info_code, outcome)
        where b.backfill_id = %s and b.info_code = e.info_code
        """,
        [list(outcomes), [each.value for each in outcomes.values()], backfill],
    )


def chunk_done(connection: Connection[Any], backfill: int, number: int) -> None:
    """Notes that a chunk has come to its end."""
    connection.execute(
        "update backfill_chunks set state = 'done' where backfill_id = %s and number = %s", [backfill, number]
    )


def links_left(connection: Connection[Any], backfill: int, number: int | None = None) -> int:
    """How many articles of a chunk, or of all of them, have not come to their end."""
    row = connection.execute(
        """
        select count(*) from backfill_links
        where backfill_id = %s and outcome is null and (%s::int4 is null or chunk = %s)
        """,
        [backfill, number, number],
    ).fetchone()
    assert row is not None
    return int(row[0])


def chunks_busy(connection: Connection[Any], backfill: int) -> int:
    """How many chunks of a backfill have articles that have not come to their end."""
    row = connection.execute(
        "select count(distinct chunk) from backfill_links where backfill_id = %s and outcome is null",
        [backfill],
    ).fetchone()
    assert row is not None
    return int(row[0])


def chunks_left(connection: Connection[Any], backfill: int) -> int:
    """How many chunks of a backfill have not come to their end."""
    row = connection.execute(
        "select count(*) from backfill_chunks where backfill_id = %s and state <> 'done'", [backfill]
    ).fetchone()
    assert row is not None
    return int(row[0])
