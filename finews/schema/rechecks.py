"""Rechecks: young articles are asked again some hours after they came, since the source edits what it has published.

An article has a line in `rechecks` as long as it is to be asked again. Polls know nothing of it: a recheck that
fails leaves the link as it was.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg import Connection

from finews.schema.frontier import LEASE, leased
from finews.schema.records import LeasedLink
from finews.schema.settings import Settings


@dataclass(frozen=True, kw_only=True)
class RecheckPlan:
    """Articles whose own moment is within `young` are asked again `after` such times since they came."""

    after: tuple[timedelta, ...]
    young: timedelta


def plan_of(settings: Settings) -> RecheckPlan:
    """The plan that the settings make."""
    return RecheckPlan(after=settings.recheck_steps, young=timedelta(days=settings.recheck_days))


def plan_rechecks(connection: Connection[Any], codes: Collection[str], plan: RecheckPlan) -> None:
    """Notes when these articles, whose rows were just made, are asked again; those that are not young, never."""
    if not codes:
        return
    connection.execute(
        """
        insert into rechecks (info_code, due_at)
        select info_code, now() + %s from articles
        where info_code = any(%s) and moment > now() - %s::interval
        order by info_code on conflict do nothing
        """,
        [min(plan.after), list(codes), plan.young],
    )


def drop_the_old(connection: Connection[Any], plan: RecheckPlan) -> int:
    """Lets go of articles that would be due and are not young any more; returns how many they were."""
    return connection.execute(
        """
        delete from rechecks r using articles a
        where a.info_code = r.info_code and r.due_at <= now() and a.moment <= now() - %s::interval
        """,
        [plan.young],
    ).rowcount


def count_rechecks(connection: Connection[Any]) -> int:
    """How many articles are due to be asked again and may be."""
    row = connection.execute(
        """
        select count(*) from rechecks r join links k using (info_code)
        where r.due_at <= now() and k.state = 'done' and (k.lease_until is null or k.lease_until < now())
        """
    ).fetchone()
    assert row is not None
    return int(row[0])


def claim_rechecks(connection: Connection[Any], run: int, limit: int, *, until: datetime) -> list[LeasedLink]:
    """Leases up to `limit` articles that were due at `until`, those that have waited longest first.

    Only what is in order: nothing that is forgotten, in quarantine, or failing by itself.
    """
    return leased(
        connection.execute(
            """
            with due as (
                select k.info_code from rechecks r join links k using (info_code)
                where r.due_at <= %(until)s and k.state = 'done'
                  and (k.lease_until is null or k.lease_until < now())
                order by r.due_at limit %(limit)s for update of k skip locked)
            update links set lease_token = nextval('lease_tokens'), lease_until = now() + %(lease)s,
                             lease_run = %(run)s
            from due where links.info_code = due.info_code
            returning links.info_code, lease_token, attempts, state
            """,
            {"limit": limit, "lease": LEASE, "run": run, "until": until},
        )
    )


@dataclass(frozen=True, kw_only=True)
class Rechecked:
    """An article that was asked again.

    It is due at its next step; `soon` after this where nobody could be asked, before that; `late` after this where no
    step is left; and not before the source's `peace` is over.
    """

    info_code: str
    soon: timedelta | None = None
    late: timedelta | None = None
    peace: timedelta | None = None


def move_on(connection: Connection[Any], asked: Sequence[Rechecked], plan: RecheckPlan) -> None:
    """Notes when these articles are due next; what has no next time is asked no more.

    Steps that went by meanwhile are passed over: however many were missed, one recheck makes up for them.
    """
    connection.execute(
        """
        with asked as (
            select info_code, coalesce(least(step, now() + soon), now() + late) as next, now() + peace as peace
            from unnest(%(codes)s::text[], %(soon)s::interval[], %(late)s::interval[], %(peace)s::interval[])
                 as a (info_code, soon, late, peace)
            join rechecks using (info_code)
            cross join lateral (
                select min(since + after) from unnest(%(after)s::interval[]) as s (after)
                where since + after > now()) as steps (step)),
        over as (
            delete from rechecks r using asked where r.info_code = asked.info_code and asked.next is null)
        update rechecks r set due_at = greatest(asked.next, asked.peace)
        from asked where r.info_code = asked.info_code and asked.next is not null
        """,
        {
            "codes": [each.info_code for each in asked],
            "soon": [each.soon for each in asked],
            "late": [each.late for each in asked],
            "peace": [each.peace for each in asked],
            "after": list(plan.after),
        },
    )
