"""Whether something has changed: a mark a topic, cheap enough to be asked for every second."""

from __future__ import annotations

from typing import Any, Final

from psycopg import Connection

TOPICS: Final = ("runs", "events", "backfills", "quarantine", "feeds", "mirrors")
"""What somebody may want to hear of."""


def watermarks(connection: Connection[Any]) -> dict[str, str]:
    """Topic → a mark that is another one once something of that topic was committed.

    Of small tables the mark is their rows' versions; of large ones the newest entry, which an index knows, and for
    what leaves quarantine the counters that PostgreSQL keeps, which may be some seconds late.
    """
    row = connection.execute(
        """
        with unfinished as (select id, state, xmin from backfills where state in ('planned', 'running', 'paused'))
        select concat_ws(' ', (select max(id) from runs), (select max(ended_at) from runs),
                         (select string_agg(id || ':' || xmin, ' ' order by id) from runs where state = 'running')),
               (select max(id)::text from events),
               concat_ws(' ', (select max(id) from backfills),
                         (select string_agg(id || ':' || xmin, ' ' order by id) from unfinished),
                         (select sum(xmin::text::int8) from backfill_chunks
                          where backfill_id in (select id from unfinished)),
                         (select max(id) from events where exists (select from unfinished where state = 'running'))),
               concat_ws(' ', (select max(at) from quarantine where discarded_at is null),
                         (select n_tup_ins + n_tup_upd + n_tup_del from pg_stat_user_tables
                          where relid = 'quarantine'::regclass)),
               (select string_agg(name || ':' || xmin, ' ' order by name) from feeds),
               (select string_agg(base || ':' || xmin, ' ' order by base) from mirrors)
        """
    ).fetchone()
    assert row is not None
    return {topic: mark or "" for topic, mark in zip(TOPICS, row, strict=True)}
