"""What is due: new links first, then what failed, was refused or was gone and is to be tried again."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, LiteralString

from psycopg import Connection

from finews.schema.frontier import LEASE, leased
from finews.schema.records import LeasedLink

_NEW: Final[LiteralString] = "state = 'pending' and backfill_id is null"
_AGAIN: Final[LiteralString] = "state in ('failed', 'blocked', 'gone') and backfill_id is null"
"""The conditions of the two indexes."""
_FREE: Final[LiteralString] = "due_at <= now() and (lease_until is null or lease_until < now())"


def claim_new(connection: Connection[Any], run: int, limit: int, *, until: datetime) -> list[LeasedLink]:
    """Leases up to `limit` links that nobody has tried yet, those that have waited longest first."""
    return _claimed(connection, run, limit, until, _NEW)


def claim_again(connection: Connection[Any], run: int, limit: int, *, until: datetime) -> list[LeasedLink]:
    """Leases up to `limit` links that were tried in vain, whose time had come at `until`.

    With the beginning of the work as `until`, what fails in a long run does not come up in it once more.
    """
    return _claimed(connection, run, limit, until, _AGAIN)


def _claimed(
    connection: Connection[Any], run: int, limit: int, until: datetime, which: LiteralString
) -> list[LeasedLink]:
    return leased(
        connection.execute(
            f"""
            with due as (
                select info_code from links
                where {which} and due_at <= %(until)s and (lease_until is null or lease_until < now())
                order by due_at limit %(limit)s for update skip locked)
            update links set lease_token = nextval('lease_tokens'), lease_until = now() + %(lease)s,
                             lease_run = %(run)s
            from due where links.info_code = due.info_code
            returning links.info_code, lease_token, attempts, state
            """,
            {"limit": limit, "lease": LEASE, "run": run, "until": until},
        )
    )


def count_due(connection: Connection[Any], *, most: int | None = None) -> int:
    """How many links `claim_new` and `claim_again` would lease by and by; no more than `most` of each are counted."""
    row = connection.execute(
        f"""
        select sum(number)::int8 from (
            select count(*) from (select from links where {_NEW} and {_FREE} limit %(most)s) as new
            union all
            select count(*) from (select from links where {_AGAIN} and {_FREE} limit %(most)s) as again
        ) as found (number)
        """,
        {"most": most},
    ).fetchone()
    assert row is not None
    return int(row[0])


def oldest_due(connection: Connection[Any]) -> datetime | None:
    """Since when the link that waits longest is due, and in nobody's hands."""
    row = connection.execute(
        f"""
        select min(due_at) from (
            (select due_at from links where {_NEW} and {_FREE} order by due_at limit 1)
            union all
            (select due_at from links where {_AGAIN} and {_FREE} order by due_at limit 1)) as oldest
        """
    ).fetchone()
    return row[0] if row else None
