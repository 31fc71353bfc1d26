"""Figures: how fresh posts are, what runs came to, what waits. Each reads an index, and the last hour or day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg import Connection

from finews.schema.records import Record

_FEW = 100_000
"""Rows up to which articles are counted; from there on PostgreSQL's own estimate is near enough."""


_MOST_SECONDS = 20
"""What one question may take: whoever asks for figures must not keep a busy database from its work."""


def only_read(connection: Connection[Any]) -> None:
    """Has this transaction see one moment, write nothing, and give up a question that takes too long."""
    connection.execute("set transaction isolation level repeatable read, read only")
    connection.execute(f"set local statement_timeout = '{_MOST_SECONDS}s'")


@dataclass(frozen=True, kw_only=True)
class Freshness(Record):
    """Seconds from an article's moment at the source to its first post on disk, since `since`.

    Of `articles` that polls brought: backfills and imports bring old ones. None where there are none.
    """

    p50: float | None
    p95: float | None
    articles: int
    since: datetime


def freshness(connection: Connection[Any], span: timedelta) -> Freshness:
    """How fresh posts were that were first written within `span` of now."""
    row = connection.execute(
        """
        with fresh as materialized (
            select moment, published_at, first_run from articles where published_at > now() - %(span)s)
        select count(*), now() - %(span)s,
               percentile_cont(array[0.5, 0.95]) within group (
                   order by greatest(0, extract(epoch from published_at - moment)))
        from fresh join runs on runs.id = first_run
        -- Without a bound all polls that there ever were would be looked through.
        where kind = 'poll' and runs.id >= (select min(first_run) from fresh)
        """,
        {"span": span},
    ).fetchone()
    assert row is not None
    articles, since, quantiles = row
    p50, p95 = (round(each, 1) for each in quantiles) if quantiles else (None, None)
    return Freshness(p50=p50, p95=p95, articles=articles, since=since)


def quarantined_since(connection: Connection[Any], since: datetime) -> int:
    """How many articles were fetched since then and went into quarantine.

    What is read again and stays there, or comes from an older site, is no news of the source.
    """
    row = connection.execute(
        """
        select count(*) from quarantine join payloads on payloads.id = payload_id
        where discarded_at is null and at > %(since)s and fetched_at > %(since)s and part <> 'post'
        """,
        {"since": since},
    ).fetchone()
    assert row is not None
    return int(row[0])


def quarantine_by_reason(connection: Connection[Any]) -> list[tuple[str, int]]:
    """(reason, articles that wait for it)."""
    return connection.execute(
        "select reason, count(*) from quarantine where discarded_at is null group by 1 order by 1"
    ).fetchall()


def outcomes_since(connection: Connection[Any], since: datetime) -> list[tuple[str, str, int]]:
    """(kind of run, outcome, articles) of the runs that ended since then."""
    return connection.execute(
        """
        select kind, outcome, sum(articles::int8)::int8 from runs, jsonb_each_text(counts) as c (outcome, articles)
        where ended_at > %s group by 1, 2 order by 1, 2
        """,
        [since],
    ).fetchall()


def ended_runs_since(
    connection: Connection[Any], since: datetime
) -> list[tuple[str, str, int, float, float]]:
    """(kind, state, runs, seconds of the median, seconds of the longest) of the runs that ended since then."""
    return connection.execute(
        """
        select kind, state, count(*),
               percentile_cont(0.5) within group (order by extract(epoch from ended_at - started_at)),
               max(extract(epoch from ended_at - started_at))::float8
        from runs where ended_at > %s group by 1, 2 order by 1, 2
        """,
        [since],
    ).fetchall()


def runs_under_way(connection: Connection[Any]) -> list[tuple[str, int, float]]:
    """(kind, runs, seconds since the oldest began) of the runs that have not come to their end."""
    return connection.execute(
        """
        select kind, count(*), max(extract(epoch from now() - started_at))::float8
        from runs where state = 'running' group by 1 order by 1
        """
    ).fetchall()


def listed_since(connection: Connection[Any], since: datetime) -> list[tuple[str, str, int]]:
    """(feed, state of the link, articles) of what feeds listed for the first time since then."""
    return connection.execute(
        """
        select feed, state, count(*) from sightings join links using (info_code)
        where seen_at > %s group by 1, 2 order by 1, 2
        """,
        [since],
    ).fetchall()


def waiting_links(connection: Connection[Any]) -> dict[str, int]:
    """State → links, of the states in which a link is not at its end; every one named."""
    states = ["pending", "fetched", "failed", "blocked", "gone", "quarantined"]
    found = dict(
        connection.execute(
            "select state, count(*) from links where state = any(%s) group by 1", [states]
        ).fetchall()
    )
    return {state: int(found.get(state, 0)) for state in states}


def unpublished_articles(connection: Connection[Any]) -> int:
    """How many rows have a text that lies on no disk yet."""
    row = connection.execute(
        "select count(*) from articles where published_revision is distinct from revision"
    ).fetchone()
    assert row is not None
    return int(row[0])


def roughly_articles(connection: Connection[Any]) -> int:
    """How many articles there are; of many, as PostgreSQL estimates it."""
    row = connection.execute(
        """
        select greatest(reltuples, 0)::int8, (select count(*) from (select from articles limit %s) as few)
        from pg_class where oid = 'articles'::regclass
        """,
        [_FEW],
    ).fetchone()
    assert row is not None
    estimate, counted = row
    return int(counted if counted < _FEW else max(estimate, counted))


def backfills_under_way(connection: Connection[Any]) -> list[tuple[int, str, int, int]]:
    """(number, state, articles left of those listed, chunks whose list is still to be read) of those begun."""
    return connection.execute(
        """
        select id, state,
               (select coalesce(sum(number), 0)::int from backfill_counts c
                where c.backfill_id = b.id and outcome = ''),
               (select count(*) from backfill_chunks c where c.backfill_id = b.id and c.state = 'open')
        from backfills b where state in ('running', 'paused') order by id
        """
    ).fetchall()
