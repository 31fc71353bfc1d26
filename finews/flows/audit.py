"""The audit: a line before something is done by hand, and what came of it after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from finews.flows.operator import operator, works_for_a_viewer
from finews.schema.accounts import Role
from finews.schema.actions import Actor, Door, State, begin_action, end_action
from finews.schema.database import Database
from finews.schema.errors import FinewsError, RequestError, ServiceError


class Entry:
    """A line that is being written; `outcome` is what the work says of itself."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.outcome = ""


@contextmanager
def entered(
    database: Database, actor: Actor, action: str, subject: str, detail: Mapping[str, Any]
) -> Iterator[Entry]:
    """A line of the audit around the block. What is raised goes on, and the line says it.

    Where the database is away at its end, the line stays `begun`, and what was done is done all the same.
    """
    with database.transaction() as connection:
        entry = Entry(begin_action(connection, actor, action, subject, detail))
    try:
        yield entry
    except BaseException as error:
        words = str(error) if isinstance(error, FinewsError) else type(error).__name__
        words = "interrupted" if isinstance(error, KeyboardInterrupt) else words
        _end(
            database, entry.number, State.REFUSED if isinstance(error, RequestError) else State.FAILED, words
        )
        raise
    _end(database, entry.number, State.DONE, entry.outcome)


def noted(database: Database, actor: Actor, action: str, subject: str, state: State, outcome: str) -> None:
    """A line of something that is over already."""
    with database.transaction() as connection:
        end_action(connection, begin_action(connection, actor, action, subject, {}), state, outcome)


@contextmanager
def command_entered(database: Database, action: str, subject: str, **detail: Any) -> Iterator[Entry]:
    """The same for a command: nothing where the console started it, which has written its own line.

    Such a line is about what somebody does by hand: what runs by itself, and polls, have the ledger alone.
    """
    if works_for_a_viewer():
        yield Entry(0)
        return
    actor = Actor(who=operator(), role=Role.OPERATOR.value, address="", door=Door.COMMAND)
    with entered(database, actor, action, subject, detail) as entry:
        yield entry


def about(codes: Sequence[str]) -> str:
    """What these articles are called in a line: by name where it is one."""
    return codes[0] if len(codes) == 1 else f"{len(codes)} articles"


def counted(counts: Mapping[str, int]) -> str:
    """`3 new, 1 failed`, for what came of many."""
    return ", ".join(f"{number} {name}" for name, number in counts.items() if number) or "nothing to do"


def _end(database: Database, number: int, state: State, outcome: str) -> None:
    with suppress(ServiceError), database.transaction() as connection:
        end_action(connection, number, state, outcome)
