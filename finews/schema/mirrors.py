"""Mirrors: whose circuit is open, since when, who may send the one probe; what an operator has decided of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from psycopg import Connection
from psycopg.rows import dict_row

from finews.schema.hourly_counts import count_opening
from finews.schema.pauses import PAUSE, Pause, pause, resume, taken_from
from finews.schema.records import Record

LEAST_RATE: Final = 0.1
MOST_RATE: Final = 50.0
"""Requests a second that an operator may set for a mirror: less reads no feed in time, more is no manners."""


@dataclass(frozen=True, kw_only=True)
class MirrorState(Record):
    """How a mirror has been doing; `opened` is how often in a row its circuit was opened, 0 where it is closed.

    One that is `paused` is not asked. `rate` is what an operator has set, in requests a second; None: the settings'.
    """

    base: str
    opened: int = 0
    opened_at: datetime | None = None
    probe_at: datetime | None = None
    last_error: str | None = None
    last_error_at: datetime | None = None
    paused: Pause | None = None
    rate: float | None = None
    rate_at: datetime | None = None
    rate_by: str = ""


def mirror_states(connection: Connection[Any], bases: Sequence[str]) -> list[MirrorState]:
    """The state of each of these mirrors, in their order."""
    with connection.cursor(row_factory=dict_row) as cursor:
        known = cursor.execute(
            f"""
            select base, opened, opened_at, probe_at, last_error, last_error_at, {PAUSE}, rate, rate_at, rate_by
            from mirrors where base = any(%s)
            """,
            [list(bases)],
        ).fetchall()
    by_base = {row["base"]: _state(row) for row in known}
    return [by_base.get(base) or MirrorState(base=base) for base in bases]


def _state(row: dict[str, Any]) -> MirrorState:
    paused = taken_from(row)
    return MirrorState(**row, paused=paused)


def open_circuits(connection: Connection[Any]) -> dict[str, float]:
    """Mirror → seconds until it may be probed, for those whose circuit is open."""
    rows = connection.execute(
        """
        select base, greatest(0, extract(epoch from probe_at - now()))::float8 from mirrors
        where opened > 0 order by base
        """
    )
    return {base: float(seconds) for base, seconds in rows}


def open_circuit(
    connection: Connection[Any], base: str, reason: str, *, probed: bool, pause: float, longest: float
) -> float:
    """Opens a circuit, or keeps it open after a probe that failed; returns the seconds until the next probe.

    Several processes that find the same mirror failing open it once.
    """
    row = connection.execute(
        """
        insert into mirrors as m (base, opened, opened_at, probe_at, last_error, last_error_at)
        values (%(base)s, 1, now(), now() + make_interval(secs => %(pause)s), %(reason)s, now())
        on conflict (base) do update set
            opened = case when m.opened > 0 and not %(probed)s then m.opened else m.opened + 1 end,
            opened_at = case when m.opened > 0 then m.opened_at else now() end,
            probe_at = case when m.opened > 0 and not %(probed)s then m.probe_at
                else now() + make_interval(secs => least(%(longest)s, %(pause)s * 2 ^ least(m.opened, 20))) end,
            last_error = excluded.last_error, last_error_at = excluded.last_error_at
        returning greatest(0, extract(epoch from probe_at - now()))::float8, opened_at = now() or %(probed)s
        """,
        {"base": base, "reason": reason, "probed": probed, "pause": pause, "longest": longest},
    ).fetchone()
    assert row is not None
    seconds, anew = row
    if anew:
        count_opening(connection, base, reason)
    return float(seconds)


def close_circuit(connection: Connection[Any], base: str) -> None:
    """The mirror answered."""
    connection.execute(
        """
        update mirrors set opened = 0, opened_at = null, probe_at = null
        where base = %s and opened > 0
        """,
        [base],
    )


def uncharge(connection: Connection[Any], base: str) -> None:
    """Takes back an opening that was not the mirror's fault."""
    connection.execute(
        """
        update mirrors set opened = 0, opened_at = null, probe_at = null, last_error = null, last_error_at = null
        where base = %s and opened = 1
        """,
        [base],
    )


def claim_probe(connection: Connection[Any], base: str, *, lasts: float) -> float | None:
    """The one probe of an open circuit: 0 where it is ours for the next `lasts` seconds.

    Else the seconds after which to ask again; None where the circuit is closed by now.
    """
    ours = connection.execute(
        """
        update mirrors set probe_at = now() + make_interval(secs => %s)
        where base = %s and opened > 0 and probe_at <= now() returning base
        """,
        [lasts, base],
    ).fetchone()
    if ours:
        return 0.0
    wait = open_circuits(connection).get(base)
    # A wait of nothing would read as a claim.
    return None if wait is None else max(0.01, wait)


def note_error(connection: Connection[Any], base: str, reason: str) -> None:
    """Keeps why a mirror whose circuit is closed did not answer; that alone opens nothing."""
    connection.execute(
        """
        insert into mirrors (base, last_error, last_error_at) values (%s, %s, now())
        on conflict (base) do update set last_error = excluded.last_error, last_error_at = excluded.last_error_at
        """,
        [base, reason],
    )


def pause_mirror(connection: Connection[Any], base: str, *, who: str, why: str) -> bool:
    """Has a mirror left alone; false where it was already, which changes nothing."""
    return pause(connection, "mirrors", "base", base, who=who, why=why)


def resume_mirror(connection: Connection[Any], base: str) -> bool:
    """Has a mirror asked again; false where it was not paused."""
    return resume(connection, "mirrors", "base", base)


def set_rate(connection: Connection[Any], base: str, rate: float | None, *, who: str) -> None:
    """Sets the requests a second to a mirror, for all processes; None: as the settings say."""
    connection.execute(
        """
        insert into mirrors (base, rate, rate_at, rate_by) values (%s, %s, now(), %s)
        on conflict (base) do update set rate = excluded.rate, rate_at = now(), rate_by = excluded.rate_by
        """,
        [base, rate, who],
    )
