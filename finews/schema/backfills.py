"""Backfills: what operators asked for, the chunks that tile it, and how far each has come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, LiteralString

from psycopg import Connection
from psycopg.rows import kwargs_row
from psycopg.types.json import Jsonb

from finews.schema.errors import UnknownNameError
from finews.schema.records import Outcome, Record


class BackfillState(StrEnum):
    """Where a backfill stands. One that is `running` and has no living run was interrupted."""

    PLANNED = "planned"
    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    ENDED = "ended"


OVER = frozenset({BackfillState.ENDED, BackfillState.CANCELLED})
"""States that a backfill does not leave."""


@dataclass(frozen=True, kw_only=True)
class Backfill(Record):
    """A row of `backfills`; `wish` is what was asked for, in JSON values."""

    id: int
    wish: Mapping[str, Any]
    media: str
    feed: str
    force: bool
    state: BackfillState
    processes: int
    asked_by: str
    asked_at: datetime
    changed_by: str
    changed_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Progress(Record):
    """How far a backfill has come: articles by outcome, those left, chunks whose list is still to be read.

    `working` are the runs that are at it, `rate` is articles a second of all of them.
    """

    outcomes: Mapping[str, int]
    left: int
    unlisted: int
    working: tuple[int, ...]
    rate: float

    @property
    def done(self) -> int:
        """Articles that have come to their end."""
        return sum(self.outcomes.values())


_COLUMNS: LiteralString = (
    "id, wish, media, feed, force, state, processes, asked_by, asked_at, changed_by, changed_at, ended_at"
)
_KEPT_PLANS: LiteralString = "1 day"


def open_backfill(
    connection: Connection[Any],
    wish: Mapping[str, Any],
    ranges: Sequence[tuple[datetime | None, datetime | None]],
    *,
    media: str = "",
    feed: str = "",
    force: bool = False,
    by: str,
) -> int:
    """Opens a planned backfill whose chunks are these ranges, in their order; returns its number.

    Plans of which nothing came for a day are thrown away.
    """
    connection.execute(
        f"""
        delete from backfills where state = 'planned' and asked_at < now() - interval '{_KEPT_PLANS}'
          and not exists (select from backfill_links where backfill_id = backfills.id and outcome is not null)
        """
    )
    row = connection.execute(
        """
        insert into backfills (wish, media, feed, force, asked_by, changed_by)
        values (%s, %s, %s, %s, %s, %s) returning id
        """,
        [Jsonb(dict(wish)), media, feed, force, by, by],
    ).fetchone()
    assert row is not None
    connection.execute(
        """
        insert into backfill_chunks (backfill_id, number, since, until)
        select %s, number, since, until
        from unnest(%s::timestamptz[], %s::timestamptz[]) with ordinality as c (since, until, number)
        """,
        [row[0], [since for since, _ in ranges], [until for _, until in ranges]],
    )
    return int(row[0])


def backfill_of(connection: Connection[Any], number: int) -> Backfill:
    """The backfill of this number; raises UnknownNameError."""
    found = _selected(connection, "where id = %s", [number])
    if not found:
        raise UnknownNameError(f"backfill {number}", advice="`finews backfills list` shows them")
    return found[0]


def newest_backfills(connection: Connection[Any], limit: int, *, unfinished: bool = False) -> list[Backfill]:
    """The newest backfills, or those of them that have not come to their end."""
    which = "where state in ('planned', 'running', 'paused')" if unfinished else ""
    return _selected(connection, f"{which} order by id desc limit %s", [limit])


def unfinished_like(connection: Connection[Any], wish: Mapping[str, Any]) -> Backfill | None:
    """The newest backfill of the same wish that was begun and has not come to its end."""
    found = _selected(
        connection,
        "where state in ('running', 'paused') and wish = %s order by id desc limit 1",
        [Jsonb(dict(wish))],
    )
    return found[0] if found else None


def _selected(
    connection: Connection[Any], condition: LiteralString, parameters: Sequence[object]
) -> list[Backfill]:
    with connection.cursor(row_factory=kwargs_row(_backfill)) as cursor:
        return cursor.execute(f"select {_COLUMNS} from backfills {condition}", parameters).fetchall()


def _backfill(**columns: Any) -> Backfill:
    return Backfill(**{**columns, "state": BackfillState(columns["state"])})


def change_state(connection: Connection[Any], number: int, state: BackfillState, *, by: str) -> Backfill:
    """Moves a backfill to another state; what is over stays over. Returns it as it is then."""
    connection.execute(
        """
        update backfills set state = %(state)s, changed_by = %(by)s, changed_at = now(),
            ended_at = case when %(state)s in ('ended', 'cancelled') then now() end
        where id = %(number)s and state not in ('ended', 'cancelled') and state <> %(state)s
        """,
        {"state": state.value, "by": by, "number": number},
    )
    return backfill_of(connection, number)


def drop_untried(connection: Connection[Any], number: int) -> int:
    """Takes links out of the frontier that a backfill had brought in and nobody has tried; returns how many.

    As if it had never begun them: who finds them next discovers them.
    """
    untried = """
        select info_code from links where backfill_id = %s and state = 'pending' and lease_token is null
          and not exists (select from events e where e.info_code = links.info_code)
        order by 1 for update skip locked
        """
    codes = [code for (code,) in connection.execute(untried, [number])]
    connection.execute("delete from sightings where info_code = any(%s)", [codes])
    return connection.execute("delete from links where info_code = any(%s)", [codes]).rowcount


def state_of_backfill(connection: Connection[Any], number: int) -> BackfillState:
    """Whether it may go on."""
    row = connection.execute("select state from backfills where id = %s", [number]).fetchone()
    return BackfillState(row[0]) if row else BackfillState.CANCELLED


def share_among(connection: Connection[Any], number: int, processes: int) -> None:
    """Notes how many processes share the backfill's part of the rate."""
    connection.execute("update backfills set processes = %s where id = %s", [processes, number])


def progress_of(connection: Connection[Any], number: int) -> Progress:
    """How far a backfill has come."""
    outcomes = dict(
        connection.execute(
            "select outcome, sum(number)::int from backfill_counts where backfill_id = %s group by 1",
            [number],
        ).fetchall()
    )
    left = outcomes.pop("", 0)
    unlisted = connection.execute(
        "select count(*) from backfill_chunks where backfill_id = %s and state = 'open'", [number]
    ).fetchone()
    working = connection.execute(
        """
        select r.id, coalesce((detail -> 'rate')::float8, 0) from runs r
        where state = 'running' and (detail -> 'backfill')::int8 = %s order by 1
        """,
        [number],
    ).fetchall()
    assert unlisted is not None
    return Progress(
        outcomes={each.value: outcomes.get(each.value, 0) for each in Outcome},
        left=left,
        unlisted=unlisted[0],
        working=tuple(run for run, _ in working),
        # Each process counts what all of them do.
        rate=max((rate for _, rate in working), default=0.0),
    )
