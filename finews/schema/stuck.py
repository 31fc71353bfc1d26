"""Articles stuck between stages: states that no run leaves behind and no run will end, and what each should be.

| `what` | means | becomes |
|---|---|---|
| `lease_of_the_dead` | leased by a run that does not live | free |
| `forgotten_with_row` | a tombstone beside a row | (an operator's choice: `forget` or `forget --undo`) |
| `pending_with_row` | never fetched, says the link; the row knows better | `done` |
| `done_without_row` | done, says the link; there is no row | `quarantined`, `fetched` or `pending`, by what is kept |
| `done_in_quarantine` | done, says the link; an answer waits in quarantine | `quarantined` |
| `quarantined_without_item` | in quarantine, says the link; there is nothing | `fetched` or `pending` |
| `fetched_without_payload` | an answer waits to be read, says the link; there is none | `pending` |
| `unread` | a stored answer that nobody has read for ten minutes | read |
| `unpublished` | a row whose newest text nobody has written for ten minutes | published |
| `of_an_ended_backfill` | reserved for a backfill that is over | everybody's |
| `due_too_late` | waits for longer than any wait is | due now |
| `overdue` | had been due for an hour when a poll began that ended well, and nobody has it | (asked by `ingest`) |

What is in the hands of a living run is not stuck. A link that waits for its time, for a mirror, or for the next poll
is not stuck either: without polls nothing is overdue.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, LiteralString

from psycopg import Connection
from psycopg.rows import class_row

from finews.schema.coverage import day_of
from finews.schema.records import Record
from finews.schema.sign_of_life import ALIVE

_PATIENCE: LiteralString = "interval '10 minutes'"
"""A run reads and publishes what it fetched within seconds; twice a lease is more than a slow disk takes."""
_OVERDUE: LiteralString = "interval '1 hour'"
_LONGEST_WAITS: Final = timedelta(weeks=1)
"""What is gone is asked weekly, and a source may ask for a week's patience."""


_OF_DAYS: LiteralString = f"""
    ((%(first)s::date is null and %(last)s::date is null)
     or {day_of("it")} between coalesce(%(first)s, '-infinity'::date) and coalesce(%(last)s, 'infinity'::date))"""

_ALIVE: LiteralString = f"""
    alive as materialized ({ALIVE}),
    polled as materialized (
        select max(started_at) as at from runs where kind = 'poll' and state = 'ended' and not detail ? 'note')"""

_PAYLOAD: LiteralString = (
    "exists (select from payloads p where p.info_code = k.info_code and p.codec <> 'dropped')"
)
_LINKS: LiteralString = f"""
    select k.info_code, k.state, what, becomes,
           case what when 'lease_of_the_dead' then coalesce(r.ended_at, r.started_at, k.changed_at)
                     when 'overdue' then k.due_at else k.changed_at end as since
    from links k
    left join articles a using (info_code)
    left join quarantine q using (info_code)
    left join runs r on r.id = k.lease_run
    left join backfills b on b.id = k.backfill_id
    cross join lateral (select k.state in ('pending', 'failed', 'blocked', 'gone') as asked) as is_it
    cross join lateral (select case
        when k.lease_run is null and k.lease_until > now()
            or k.lease_run is not null and k.lease_run not in (select run from alive) then 'lease_of_the_dead'
        when k.lease_run is not null then null
        when k.state = 'forgotten' and a.info_code is not null then 'forgotten_with_row'
        when k.state = 'pending' and a.info_code is not null then 'pending_with_row'
        when k.state = 'done' and a.info_code is null then 'done_without_row'
        when k.state = 'done' and q.info_code is not null and q.discarded_at is null then 'done_in_quarantine'
        when k.state = 'quarantined' and q.info_code is null then 'quarantined_without_item'
        when k.state = 'fetched' and not {_PAYLOAD} then 'fetched_without_payload'
        when k.state = 'fetched' and k.changed_at < now() - {_PATIENCE} then 'unread'
        when asked and b.state in ('ended', 'cancelled') then 'of_an_ended_backfill'
        when asked and k.due_at > now() + %(longest)s then 'due_too_late'
        when asked and k.backfill_id is null and k.due_at < (select at from polled) - {_OVERDUE} then 'overdue'
        end as what) as found
    cross join lateral (select case what
        when 'lease_of_the_dead' then k.state
        when 'pending_with_row' then 'done'
        when 'done_without_row' then
            case when q.info_code is not null then 'quarantined' when {_PAYLOAD} then 'fetched' else 'pending' end
        when 'done_in_quarantine' then 'quarantined'
        when 'quarantined_without_item' then case when {_PAYLOAD} then 'fetched' else 'pending' end
        when 'fetched_without_payload' then 'pending'
        when 'of_an_ended_backfill' then k.state
        when 'due_too_late' then k.state
        end as becomes) as repair
    where what is not null"""
"""Links that are stuck, and what the state of each should be; null where a state alone mends nothing."""

_FOUND: LiteralString = f"""
    with {_ALIVE},
    links_found as ({_LINKS}),
    rows_found as (
        select a.info_code, k.state, a.loaded_at as since, 'unpublished' as what
        from articles a join links k using (info_code)
        where a.published_revision is distinct from a.revision and a.loaded_at < now() - {_PATIENCE}),
    it as (
        select info_code, state, since, what from links_found
        union all select info_code, state, since, what from rows_found),
    found as (select * from it where {_OF_DAYS})"""


@dataclass(frozen=True, kw_only=True)
class Stuck(Record):
    """An article, the state of its link, since when it is stuck, and how (a word of the table above)."""

    info_code: str
    state: str
    since: datetime
    what: str


def stuck(
    connection: Connection[Any],
    limit: int,
    *,
    first: date | None = None,
    last: date | None = None,
    longest_wait: timedelta,
) -> list[Stuck]:
    """Stuck articles of the days from `first` to `last`, in the order of their codes, at most `limit`.

    `longest_wait` is the longest that a failing link waits by the settings. Changes nothing.
    """
    with connection.cursor(row_factory=class_row(Stuck)) as cursor:
        return cursor.execute(
            f"{_FOUND} select info_code, state, since, what from found order by info_code, what limit %(limit)s",
            {**_given(first, last, longest_wait), "limit": limit},
        ).fetchall()


def count_stuck(
    connection: Connection[Any],
    *,
    first: date | None = None,
    last: date | None = None,
    longest_wait: timedelta,
) -> dict[str, int]:
    """How many are stuck, by how; what none is, is not named."""
    rows = connection.execute(
        f"{_FOUND} select what, count(*) from found group by what order by what",
        _given(first, last, longest_wait),
    )
    return dict(rows.fetchall())


@dataclass(frozen=True, kw_only=True)
class Settled(Record):
    """A link that was stuck: how, and the states before and after."""

    info_code: str
    what: str
    before: str
    after: str


def settle_stuck(
    connection: Connection[Any],
    limit: int,
    *,
    first: date | None = None,
    last: date | None = None,
    longest_wait: timedelta,
) -> list[Settled]:
    """Settles up to `limit` links whose state alone is wrong; empty where there is none left.

    Links that another process has locked are left to it. One link may need more than one call.
    """
    with connection.cursor(row_factory=class_row(Settled)) as cursor:
        return cursor.execute(
            f"""
            with {_ALIVE},
            wrong as (
                select info_code, state, what, becomes from (
                    {_LINKS} order by k.info_code for no key update of k skip locked) as it
                where becomes is not null and {_OF_DAYS} limit %(limit)s)
            update links set state = wrong.becomes, lease_token = null, lease_until = null,
                   lease_run = null,
                   changed_at = case when links.state = wrong.becomes then changed_at else now() end,
                   reason = case when links.state = wrong.becomes then links.reason
                                 when wrong.becomes = 'quarantined'
                                 then (select reason from quarantine q where q.info_code = links.info_code)
                                 else '' end,
                   backfill_id = case when what <> 'of_an_ended_backfill' then backfill_id end,
                   due_at = case when what in ('lease_of_the_dead', 'of_an_ended_backfill') then due_at
                                 else least(due_at, now()) end
            from wrong where links.info_code = wrong.info_code
            returning links.info_code, wrong.what, wrong.state as before, links.state as after
            """,
            {**_given(first, last, longest_wait), "limit": limit},
        ).fetchall()


def _given(first: date | None, last: date | None, longest_wait: timedelta) -> Mapping[str, object]:
    # A wait is jittered by a quarter at most.
    return {"first": first, "last": last, "longest": max(longest_wait, _LONGEST_WAITS) * 1.5}
