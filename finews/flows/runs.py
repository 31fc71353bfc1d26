"""Runs, for reading: the ledger page by page, one run with its articles and with what it said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from finews.schema.database import Database
from finews.schema.errors import UnknownNameError
from finews.schema.records import Record
from finews.schema.run_lines import KEPT_FOR, OPENINGS, RunLine, lines_of
from finews.schema.run_pages import (
    EndedArticle,
    LedgerRun,
    RunFilter,
    articles_of_run,
    known_words,
    run_row,
    runs_page,
)

_WORDS_OFFERED: Final = 60


@dataclass(frozen=True, kw_only=True)
class RunChoices(Record):
    """The kinds and reasons that the ledger knows; of very many reasons some."""

    kinds: Sequence[str]
    reasons: Sequence[str]


def ledger(database: Database, wanted: RunFilter, *, before: int | None, limit: int) -> list[LedgerRun]:
    """Up to `limit` runs, newest first, with numbers below `before`."""
    with database.transaction() as connection:
        return runs_page(connection, wanted, before=before, limit=limit)


def choices(database: Database) -> RunChoices:
    """What runs may be filtered by."""
    with database.transaction() as connection:
        return RunChoices(
            kinds=known_words(connection, "kind", _WORDS_OFFERED),
            reasons=known_words(connection, "reason", _WORDS_OFFERED),
        )


def run_of(database: Database, number: int) -> LedgerRun:
    """One run; raises UnknownNameError."""
    with database.transaction() as connection:
        found = run_row(connection, number)
    if found is None:
        raise UnknownNameError(f"run {number}", advice="`/runs` and `finews status` name the newest")
    return found


def articles_of(
    database: Database, number: int, outcome: str, *, after: tuple[str, int] | None, limit: int
) -> list[EndedArticle]:
    """Up to `limit` articles that the run brought to an end, by outcome, after (outcome, event)."""
    with database.transaction() as connection:
        return articles_of_run(connection, number, outcome, after=after, limit=limit)


def said_by(database: Database, number: int, *, after: int, limit: int) -> list[RunLine]:
    """Up to `limit` lines that the run said, after the one of this number."""
    with database.transaction() as connection:
        found = lines_of(connection, number, after=after, limit=limit)
        run = run_row(connection, number) if not found and after == 0 else None
    return _opening_of(run) if run else found


def _opening_of(run: LedgerRun) -> list[RunLine]:
    """What a run said that has no line of its own, since every run of its kind says it and it said nothing else."""
    line = OPENINGS.get(run.kind)
    if line is None or run.state != "ended" or datetime.now(UTC) - run.started_at > KEPT_FOR:
        return []
    return [RunLine(number=1, at=run.started_at, level="info", line=line)]
