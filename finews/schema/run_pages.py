"""The ledger as pages: runs by what they were, and the articles of one; each page reads an index."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, LiteralString

from psycopg import Connection, sql
from psycopg.rows import class_row

from finews.schema.records import Record

_COLUMNS: Final = sql.SQL(
    "id, kind, state, reason, host, pid, flow_run, started_at, ended_at, counts, detail"
)
_TROUBLE: LiteralString = """
    (state = 'broken' or counts @@ '$.quarantined > 0 || $.gone > 0 || $.blocked > 0 || $.failed > 0')"""
"""The condition of the index `runs_in_trouble`."""


@dataclass(frozen=True, kw_only=True)
class LedgerRun(Record):
    """A run as the ledger has it; `flow_run` is its number in Prefect, where it ran there."""

    id: int
    kind: str
    state: str
    reason: str
    host: str
    pid: int
    flow_run: str | None
    started_at: datetime
    ended_at: datetime | None
    counts: Mapping[str, int]
    detail: Mapping[str, Any]

    @property
    def seconds(self) -> float | None:
        """How long it took; None while it is under way."""
        return (self.ended_at - self.started_at).total_seconds() if self.ended_at else None


@dataclass(frozen=True, kw_only=True)
class RunFilter(Record):
    """Which runs: what is empty does not count. `trouble` is a broken run, or one with articles in trouble."""

    kind: str = ""
    state: str = ""
    reason: str = ""
    trouble: bool = False


@dataclass(frozen=True, kw_only=True)
class EndedArticle(Record):
    """An article that a run brought to an end; `event` is the number of the line that says so."""

    event: int
    info_code: str
    stage: str
    outcome: str
    reason: str
    at: datetime
    title: str | None


def runs_page(
    connection: Connection[Any], wanted: RunFilter, *, before: int | None, limit: int
) -> list[LedgerRun]:
    """Up to `limit` runs, newest first; those with numbers below `before`."""
    conditions: list[sql.Composable] = [sql.SQL("(%(before)s::int8 is null or id < %(before)s)")]
    conditions += [
        sql.SQL("{0} = {1}").format(sql.Identifier(name), sql.Placeholder(name))
        for name in ("kind", "state", "reason")
        if getattr(wanted, name)
    ]
    # An index on what is rare has to see that it is meant.
    if wanted.state and wanted.state != "ended":
        conditions.append(sql.SQL("state <> 'ended'"))
    if wanted.trouble:
        conditions.append(sql.SQL(_TROUBLE))
    with connection.cursor(row_factory=class_row(LedgerRun)) as cursor:
        return cursor.execute(
            sql.SQL("select {} from runs where {} order by id desc limit %(limit)s").format(
                _COLUMNS, sql.SQL(" and ").join(conditions)
            ),
            {**vars(wanted), "before": before, "limit": limit},
        ).fetchall()


def run_row(connection: Connection[Any], number: int) -> LedgerRun | None:
    """The run of this number."""
    with connection.cursor(row_factory=class_row(LedgerRun)) as cursor:
        return cursor.execute(
            sql.SQL("select {} from runs where id = %s").format(_COLUMNS), [number]
        ).fetchone()


def known_words(connection: Connection[Any], column: LiteralString, most: int) -> list[str]:
    """Up to `most` different words of `kind` or `reason`, in order; each is one look into an index."""
    return [
        word
        for (word,) in connection.execute(
            f"""
            with recursive known (word, place) as (
                (select {column}, 1 from runs order by {column} limit 1)
                union all
                select (select r.{column} from runs r where r.{column} > word order by r.{column} limit 1), place + 1
                from known where word is not null and place < %s)
            select word from known where word is not null
            """,
            [most],
        )
    ]


def articles_of_run(
    connection: Connection[Any], run: int, outcome: str, *, after: tuple[str, int] | None, limit: int
) -> list[EndedArticle]:
    """Up to `limit` articles by outcome, in the order of the ledger; `after` is (outcome, event) of the last one.

    Of an article that a run ended twice its last end counts.
    """
    conditions = [sql.SQL("e.run_id = %(run)s and e.outcome is not null")]
    if outcome:
        conditions.append(sql.SQL("e.outcome = %(outcome)s"))
    if after:
        conditions.append(sql.SQL("(e.outcome, e.id) > (%(end)s, %(event)s)"))
    end, event = after or ("", 0)
    with connection.cursor(row_factory=class_row(EndedArticle)) as cursor:
        return cursor.execute(
            sql.SQL("""
            select e.id as event, e.info_code, e.stage, e.outcome, e.reason, e.at, a.title
            from events e left join articles a using (info_code)
            where {} and e.id = (
                -- Looked up line by line, as far as the page goes: a join would first read all of a long run.
                select max(last.id) from events last where last.info_code = e.info_code
                  and last.run_id = e.run_id and last.outcome is not null)
            order by e.outcome, e.id limit %(limit)s
            """).format(sql.SQL(" and ").join(conditions)),
            {"run": run, "outcome": outcome, "end": end, "event": event, "limit": limit},
        ).fetchall()
