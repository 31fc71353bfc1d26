"""The ledger: runs (one row a call of a use case) and events (one line an article and stage)."""

from __future__ import annotations

import os
import socket
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row, dict_row
from psycopg.types.json import Jsonb

from finews.schema.coverage_days import UNCOUNTED
from finews.schema.records import Event, Outcome, Record, Result
from finews.schema.run_lines import OLD_LINES
from finews.schema.sign_of_life import TAKEN_WITH_ROW
from finews.schema.staging import copy

_EVENT_COLUMNS = {
    "info_code": "text",
    "run_id": "int8",
    "stage": "text",
    "outcome": "text",
    "reason": "text",
    "detail": "jsonb",
}


def start_run(
    connection: Connection[Any],
    kind: str,
    *,
    reason: str,
    flow_run: str | None = None,
    detail: Mapping[str, object] | None = None,
    living: bool = False,
) -> int:
    """Opens a run of `kind` and returns its number; `detail` has JSON values.

    With `living` the connection's session gives the run its sign of life, before anybody else can see the row.
    """
    row = connection.execute(
        f"""
        insert into runs (kind, reason, host, pid, flow_run, detail) values (%s, %s, %s, %s, %s, %s)
        returning id{f", {TAKEN_WITH_ROW}" if living else ""}
        """,
        [kind, reason, socket.gethostname(), os.getpid(), flow_run, Jsonb(dict(detail or {}))],
    ).fetchone()
    assert row is not None
    return int(row[0])


@dataclass(frozen=True, kw_only=True)
class Chores(Record):
    """What was found at the end of a run that somebody has to see to: days to count again, lines that are too old."""

    uncounted: bool = False
    old_lines: bool = False


def end_run(
    connection: Connection[Any], run: int, counts: Mapping[str, int], *, broken: str = "", **detail: object
) -> Chores:
    """Closes a run with its counts; `broken` says why it did not come to its end."""
    if broken:
        detail["broken"] = broken
    row = connection.execute(
        f"""
        update runs set ended_at = now(), state = %s, counts = %s, detail = detail || %s where id = %s
        returning {UNCOUNTED}, {OLD_LINES}
        """,
        ["broken" if broken else "ended", Jsonb(dict(counts)), Jsonb(detail), run],
    ).fetchone()
    return Chores(uncounted=row[0], old_lines=row[1]) if row else Chores()


def note_detail(connection: Connection[Any], run: int, **detail: object) -> None:
    """Keeps beside a run's counts what it did besides; `detail` has JSON values."""
    connection.execute("update runs set detail = detail || %s where id = %s", [Jsonb(detail), run])


def record_events(connection: Connection[Any], run: int, events: Iterable[Event]) -> None:
    """Writes the events of a run, in one COPY."""
    copy(
        connection,
        "events",
        _EVENT_COLUMNS,
        ((e.info_code, run, e.stage, e.outcome, e.reason, Jsonb(dict(e.detail))) for e in events),
    )


def outcomes_of(connection: Connection[Any], run: int) -> list[tuple[str, Outcome, str]]:
    """(infoCode, outcome, reason) of each article that a run has brought to its end, its newest outcome."""
    rows = connection.execute(
        """
        select distinct on (info_code) info_code, outcome, reason from events
        where run_id = %s and outcome is not null order by info_code, id desc
        """,
        [run],
    )
    return [(code, Outcome(outcome), reason) for code, outcome, reason in rows]


def events_of(connection: Connection[Any], info_code: str) -> list[Event]:
    """All that happened to an article, oldest first."""
    rows = connection.execute(
        "select info_code, stage, outcome, reason, at, run_id, detail from events where info_code = %s order by id",
        [info_code],
    )
    return [
        Event(
            info_code=code,
            stage=stage,
            outcome=Outcome(outcome) if outcome else None,
            reason=reason,
            at=at,
            run=run,
            detail=detail,
        )
        for code, stage, outcome, reason, at, run, detail in rows
    ]


def last_runs(connection: Connection[Any], limit: int = 5) -> list[dict[str, Any]]:
    """The newest runs: `{id, kind, started_at, ended_at, state, counts, reason}`."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            "select id, kind, started_at, ended_at, state, counts, reason from runs order by id desc limit %s",
            [limit],
        ).fetchall()


def newest_run(connection: Connection[Any]) -> int:
    """The number of the newest run; 0 where there is none."""
    row = connection.execute("select coalesce(max(id), 0) from runs").fetchone()
    assert row is not None
    return int(row[0])


def run_of_process(connection: Connection[Any], host: str, pid: int, *, after: int) -> int | None:
    """The newest run of a process of a machine after a number, for clocks of machines differ and numbers do not."""
    row = connection.execute(
        "select max(id) from runs where id > %s and host = %s and pid = %s", [after, host, pid]
    ).fetchone()
    return row[0] if row else None


@dataclass(frozen=True, kw_only=True)
class EndedRun(Record):
    """A run that is over: how it ended, what it came to, why it was begun."""

    id: int
    kind: str
    state: str
    reason: str
    counts: Mapping[str, int]
    detail: Mapping[str, Any]
    ended_at: datetime


def ended_runs(connection: Connection[Any], since: datetime, limit: int = 200) -> list[EndedRun]:
    """The newest runs that ended at `since` or later, in the order of their ends."""
    with connection.cursor(row_factory=class_row(EndedRun)) as cursor:
        return cursor.execute(
            """
            select id, kind, state, reason, counts, detail, ended_at
            from (select * from runs order by id desc limit %s) newest
            where ended_at >= %s order by ended_at, id
            """,
            [limit, since],
        ).fetchall()


def running(connection: Connection[Any], kind: str) -> int:
    """How many runs of this kind have not come to their end; one that was killed counts until it is noticed."""
    row = connection.execute(
        "select count(*) from runs where kind = %s and state = 'running'", [kind]
    ).fetchone()
    assert row is not None
    return int(row[0])


def counted(results: Sequence[Result], others: Mapping[Outcome, int], *, skipped: int) -> dict[str, int]:
    """Counts by outcome, every outcome named, in the order of the contract.

    `others` ended and are not among the results; `skipped` were known and not asked for.
    """
    counts = Counter(each.outcome for each in results) + Counter(others) + Counter({Outcome.SKIPPED: skipped})
    return {outcome.value: counts[outcome] for outcome in Outcome}
