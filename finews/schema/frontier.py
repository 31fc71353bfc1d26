"""The frontier: links, who leased them, when they are due. A link is leased, never popped."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from psycopg import Connection

from finews.schema.records import LeasedLink, LinkState, Outcome

LEASE = timedelta(minutes=5)
"""How long a link belongs to one process without a sign of life; a running crawl renews it."""


@dataclass(frozen=True, kw_only=True)
class Backoff:
    """Seconds between two tries of a failing link: doubled each time, jittered by a quarter, capped."""

    shortest: float
    longest: float

    def delay(self, attempts: int, *, asked: timedelta | None = None) -> timedelta:
        """The wait after `attempts` failures in a row; what the source asked for wins where it is longer."""
        plain = min(self.longest, self.shortest * 2 ** min(attempts, 30))
        jitter = random.uniform(0.75, 1.25)  # noqa: S311 - it spreads load, it guards nothing
        jittered = timedelta(seconds=min(self.longest, plain * jitter))
        return max(jittered, asked) if asked else jittered


def add_links(
    connection: Connection[Any], codes: Collection[str], *, backfill: int | None = None
) -> set[str]:
    """Puts links into the frontier; returns those that were not known before.

    Those of a backfill are its own until they were tried once: no poll takes them. What comes from elsewhere is
    everybody's, also where a backfill had brought it.
    """
    if not codes:
        return set()
    rows = connection.execute(
        """
        insert into links (info_code, backfill_id) select unnest(%s::text[]), %s::int8 order by 1
        on conflict do nothing returning info_code
        """,
        [sorted(codes), backfill],
    ).fetchall()
    if backfill is None:
        connection.execute(
            "update links set backfill_id = null where info_code = any(%s) and backfill_id is not null",
            [sorted(codes)],
        )
    return {code for (code,) in rows}


def claim(connection: Connection[Any], run: int, codes: Collection[str]) -> list[LeasedLink]:
    """Leases those of `codes` that nobody holds, whatever their state and waiting time; never a forgotten one.

    What this run holds already is leased anew: a step that is tried again must not wait for itself.
    """
    return leased(
        connection.execute(
            """
            with free as (
                select info_code from links
                where info_code = any(%(codes)s) and state <> 'forgotten'
                  and (lease_until is null or lease_until < now() or lease_run = %(run)s)
                order by info_code for update skip locked)
            update links set lease_token = nextval('lease_tokens'), lease_until = now() + %(lease)s,
                             lease_run = %(run)s
            from free where links.info_code = free.info_code
            returning links.info_code, lease_token, attempts, state
            """,
            {"codes": list(codes), "lease": LEASE, "run": run},
        )
    )


def clock(connection: Connection[Any]) -> datetime:
    """The database's time: leases and waits go by it alone."""
    row = connection.execute("select now()").fetchone()
    assert row is not None
    return cast(datetime, row[0])


def claim_fetched(
    connection: Connection[Any], run: int, limit: int, *, but: Collection[str] = ()
) -> list[LeasedLink]:
    """Leases up to `limit` links whose payload is stored but not yet read: a process died in between.

    Those among `but` are left alone: they are about to be fetched anew.
    """
    return leased(
        connection.execute(
            """
            with left_over as (
                select info_code from links
                where state = 'fetched' and (lease_until is null or lease_until < now())
                  and info_code <> all(%(but)s)
                order by info_code limit %(limit)s for update skip locked)
            update links set lease_token = nextval('lease_tokens'), lease_until = now() + %(lease)s,
                             lease_run = %(run)s
            from left_over where links.info_code = left_over.info_code
            returning links.info_code, lease_token, attempts, state
            """,
            {"limit": limit, "lease": LEASE, "run": run, "but": list(but)},
        )
    )


def leased(rows: Any) -> list[LeasedLink]:
    """Rows of (infoCode, token, attempts, state) as links, in the order of their codes."""
    return sorted(
        (
            LeasedLink(info_code=code, token=token, attempts=attempts, state=LinkState(state))
            for code, token, attempts, state in rows
        ),
        key=lambda link: link.info_code,
    )


def renew(connection: Connection[Any], tokens: Mapping[str, int]) -> None:
    """Prolongs leases that are still ours; `tokens` is infoCode → token."""
    connection.execute(
        """
        update links set lease_until = now() + %s
        from unnest(%s::text[], %s::int8[]) as held (info_code, token)
        where links.info_code = held.info_code and lease_token = held.token
        """,
        [LEASE, list(tokens), list(tokens.values())],
    )


def release(connection: Connection[Any], tokens: Mapping[str, int]) -> None:
    """Gives back leases whose work was not done; the links are free at once."""
    connection.execute(
        """
        update links set lease_until = null, lease_token = null, lease_run = null
        from unnest(%s::text[], %s::int8[]) as held (info_code, token)
        where links.info_code = held.info_code and lease_token = held.token
        """,
        [list(tokens), list(tokens.values())],
    )


def held(connection: Connection[Any], tokens: Mapping[str, int]) -> set[str]:
    """Locks the links whose lease is still ours for this transaction, and returns them.

    What is missing was taken over by another process after the lease ended: its result stands, ours is refused.
    """
    rows = connection.execute(
        """
        select links.info_code from links
        join unnest(%s::text[], %s::int8[]) as held (info_code, token) using (info_code)
        where lease_token = held.token order by links.info_code for update of links
        """,
        [list(tokens), list(tokens.values())],
    )
    return {code for (code,) in rows}


@dataclass(frozen=True, kw_only=True)
class Settlement:
    """What becomes of a link: its next state, and when it may be asked again (None: not by itself).

    One that is not `charged` does not wait the longer for it next time.
    """

    info_code: str
    state: LinkState
    reason: str = ""
    wait: timedelta | None = None
    keep_lease: bool = False
    charged: bool = True


_STATES = {
    Outcome.NEW: LinkState.DONE,
    Outcome.UPDATED: LinkState.DONE,
    Outcome.UNCHANGED: LinkState.DONE,
    Outcome.QUARANTINED: LinkState.QUARANTINED,
    Outcome.GONE: LinkState.GONE,
    Outcome.BLOCKED: LinkState.BLOCKED,
    Outcome.FAILED: LinkState.FAILED,
}
_TRIED_AGAIN = frozenset({Outcome.FAILED, Outcome.BLOCKED})
_HEARD_NOTHING = frozenset({Outcome.FAILED, Outcome.BLOCKED, Outcome.GONE})
"""Outcomes that bring nothing to read."""
_GONE_FIRST, _GONE_LATER = timedelta(days=1), timedelta(weeks=1)


def settlement(
    link: LeasedLink,
    outcome: Outcome,
    reason: str,
    *,
    backoff: Backoff,
    asked: timedelta | None = None,
    outage: bool = False,
    spared: bool = False,
) -> Settlement:
    """The settlement that an outcome means for a link as it was when it was leased.

    An `outage` of every mirror at once is not the link's fault. One that is `spared` is here already: where the
    source has nothing to read, it stays what it was.
    """
    if spared and outcome in _HEARD_NOTHING:
        return Settlement(info_code=link.info_code, state=link.state)
    wait = None
    if outage:
        wait = backoff.delay(0, asked=asked)
    elif outcome in _TRIED_AGAIN:
        wait = backoff.delay(link.attempts, asked=asked)
    elif outcome is Outcome.GONE:
        wait = _GONE_LATER if link.state is LinkState.GONE else _GONE_FIRST
    return Settlement(
        info_code=link.info_code, state=_STATES[outcome], reason=reason, wait=wait, charged=not outage
    )


def settle(connection: Connection[Any], settlements: Sequence[Settlement]) -> None:
    """Moves links to their next state in the caller's transaction, and frees their leases.

    An answer that is stored and not read yet is not given up for an asking in vain: that link stays `fetched`.
    """
    connection.execute(
        """
        update links set changed_at = now(), reason = s.reason, backfill_id = null,
            state = case when links.state = 'fetched' and s.state in ('failed', 'blocked', 'gone') then 'fetched'
                         else s.state end,
            attempts = case when s.wait is null then 0 when s.charged then links.attempts + 1
                            else links.attempts end,
            due_at = now() + coalesce(s.wait, interval '0'),
            lease_token = case when s.keep then lease_token end,
            lease_until = case when s.keep then lease_until end,
            lease_run = case when s.keep then lease_run end
        from unnest(%s::text[], %s::text[], %s::text[], %s::interval[], %s::bool[], %s::bool[])
             as s (info_code, state, reason, wait, keep, charged)
        where links.info_code = s.info_code
        """,
        [
            [s.info_code for s in settlements],
            [s.state.value for s in settlements],
            [s.reason for s in settlements],
            [s.wait for s in settlements],
            [s.keep_lease for s in settlements],
            [s.charged for s in settlements],
        ],
    )


def states(connection: Connection[Any]) -> dict[str, int]:
    """How many links stand in each state, every state named."""
    found = dict(connection.execute("select state, count(*) from links group by state").fetchall())
    return {state.value: int(found.get(state.value, 0)) for state in LinkState}


def state_of(connection: Connection[Any], info_code: str) -> tuple[LinkState, str] | None:
    """A link's state and reason, None where it is not known."""
    row = connection.execute("select state, reason from links where info_code = %s", [info_code]).fetchone()
    return None if row is None else (LinkState(row[0]), str(row[1]))
