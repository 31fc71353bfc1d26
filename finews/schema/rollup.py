"""Events rolled up: of a settled article's old events one is left, which counts them and tells first and last."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, LiteralString

from psycopg import Connection

from finews.schema.retention import SETTLED

ROLLED_UP: Final = "rolled_up"
"""The stage of such an event. Its detail: `{events, first, last, counts: {"load new": 1, …}}`."""

_OLD: LiteralString = f"""
    from events e join links k using (info_code)
    where e.at < %(before)s and {SETTLED} and not e.detail ? 'who'
      and not exists (select from backfill_links b where b.info_code = k.info_code and b.outcome is null)"""
"""What an operator did keeps its own event, and what a backfill has not heard yet is not touched."""


def count_events(connection: Connection[Any], before: datetime) -> tuple[int, int]:
    """How many events would go, and about how many bytes they take."""
    row = connection.execute(
        f"""
        select coalesce(sum(number - 1), 0), coalesce(sum(bytes * (number - 1) / number), 0) from (
            select count(*) as number, sum(pg_column_size(e.*)) as bytes {_OLD}
            group by e.info_code having count(*) > 1) as it
        """,
        {"before": before},
    ).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


def next_to_roll_up(connection: Connection[Any], before: datetime, after: str, most: int) -> list[str]:
    """The next articles with more than one old event, in the order of their codes; empty at the end."""
    rows = connection.execute(
        f"""
        select e.info_code {_OLD} and e.info_code > %(after)s
        group by 1 having count(*) > 1 order by 1 limit %(most)s
        """,
        {"before": before, "after": after, "most": most},
    )
    return [code for (code,) in rows]


def roll_up(connection: Connection[Any], before: datetime, codes: list[str]) -> int:
    """Merges the old events of these articles into the first of each; returns how many are gone.

    The first keeps its number, time and run, so that it stands before what came later. Its outcome is the last.
    """
    return connection.execute(
        f"""
        with held as (
            select k.info_code from links k where k.info_code = any(%(codes)s) and {SETTLED}
            order by 1 for update skip locked),
        old as materialized (select e.* {_OLD} and e.info_code in (select info_code from held)),
        counted as (
            select info_code, jsonb_object_agg(what, number) as counts from (
                select info_code, what, sum(number) as number from old cross join lateral (
                    select key, value::int from jsonb_each_text(detail -> 'counts') where stage = %(stage)s
                    union all
                    select concat_ws(' ', stage, outcome, nullif(reason, '')), 1 where stage <> %(stage)s
                ) as it (what, number) group by 1, 2) as sums
            group by 1),
        spans as (
            select info_code, min(id) as kept, min(at) as first,
                   max(coalesce((detail ->> 'last')::timestamptz, at)) as last,
                   sum(case stage when %(stage)s then (detail ->> 'events')::int else 1 end) as events,
                   (array_agg(outcome order by id desc) filter (where outcome is not null))[1] as outcome
            from old group by 1 having count(*) > 1),
        merged as (
            update events e set stage = %(stage)s, outcome = s.outcome, reason = '', detail = jsonb_build_object(
                'events', s.events, 'first', s.first, 'last', s.last, 'counts', c.counts)
            from spans s join counted c using (info_code) where e.id = s.kept)
        delete from events e using old o, spans s
        where e.id = o.id and s.info_code = o.info_code and e.id <> s.kept
        """,
        {"before": before, "codes": codes, "stage": ROLLED_UP},
    ).rowcount
