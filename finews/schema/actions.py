"""What was done by hand: who, from where, by which door, to what, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, LiteralString

from psycopg import Connection
from psycopg.rows import kwargs_row
from psycopg.types.json import Jsonb

from finews.schema.plain_text import whole_characters
from finews.schema.records import Record


class Door(StrEnum):
    """By which way somebody acted."""

    PAGE = "page"
    API = "api"
    COMMAND = "command"


class State(StrEnum):
    """Whether an action is over: one that stays `begun` was cut off, by a killed process or a lost database."""

    BEGUN = "begun"
    DONE = "done"
    FAILED = "failed"
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True)
class Actor(Record):
    """Who acts, in which role, from which address (empty: this machine), and by which door."""

    who: str
    role: str
    address: str
    door: Door


@dataclass(frozen=True, kw_only=True)
class Action(Record):
    """One line of the audit: `outcome` says in words what came of it."""

    id: int
    at: datetime
    actor: Actor
    action: str
    subject: str
    detail: Mapping[str, Any]
    state: State
    outcome: str
    ended_at: datetime | None

    @property
    def who(self) -> str:
        """The name of whoever did it."""
        return self.actor.who


_COLUMNS: LiteralString = (
    "id, at, who, role, address, door, action, subject, detail, state, outcome, ended_at"
)


def begin_action(
    connection: Connection[Any], actor: Actor, action: str, subject: str, detail: Mapping[str, Any]
) -> int:
    """Writes a line for what is about to be done, and returns its number; `detail` has JSON values."""
    row = connection.execute(
        """
        insert into actions (who, role, address, door, action, subject, detail)
        values (%s, %s, %s, %s, %s, %s, %s) returning id
        """,
        [
            actor.who,
            actor.role,
            actor.address,
            actor.door.value,
            action,
            _whole(subject),
            Jsonb(_whole(dict(detail))),
        ],
    ).fetchone()
    assert row is not None
    return int(row[0])


def _whole(value: Any) -> Any:
    """A JSON value in characters that can be stored: what somebody asked for is kept, also where it is nonsense."""
    if isinstance(value, str):
        return whole_characters(value)
    if isinstance(value, Mapping):
        return {name: _whole(each) for name, each in value.items()}
    return [_whole(each) for each in value] if isinstance(value, list | tuple) else value


def end_action(connection: Connection[Any], number: int, state: State, outcome: str) -> None:
    """Notes how an action ended, and what came of it in words."""
    connection.execute(
        "update actions set state = %s, outcome = %s, ended_at = now() where id = %s",
        [state.value, whole_characters(outcome), number],
    )


def action_numbered(connection: Connection[Any], number: int) -> Action | None:
    """The action of this number."""
    with connection.cursor(row_factory=kwargs_row(_action)) as cursor:
        return cursor.execute(f"select {_COLUMNS} from actions where id = %s", [number]).fetchone()


def actions_before(
    connection: Connection[Any],
    before: int | None,
    limit: int,
    *,
    who: str = "",
    action: str = "",
    subject: str = "",
) -> list[Action]:
    """The newest actions of lower numbers than `before`, newest first; empty filters let all through."""
    wanted: list[LiteralString] = ["true"]
    values: dict[str, Any] = {"before": before, "limit": limit, "who": who, "action": action}
    if before is not None:
        wanted.append("id < %(before)s")
    if who:
        wanted.append("who = %(who)s")
    if action:
        wanted.append("action = %(action)s")
    if subject:
        wanted.append("subject = %(subject)s")
        values["subject"] = subject
    condition: LiteralString = " and ".join(wanted)
    with connection.cursor(row_factory=kwargs_row(_action)) as cursor:
        return cursor.execute(
            f"select {_COLUMNS} from actions where {condition} order by id desc limit %(limit)s", values
        ).fetchall()


def names_in_actions(connection: Connection[Any]) -> tuple[Sequence[str], Sequence[str]]:
    """(who, action): the names that occur, each once and in order; each is found by a step in its index."""
    return _distinct(connection, "who"), _distinct(connection, "action")


def _distinct(connection: Connection[Any], column: LiteralString) -> list[str]:
    rows = connection.execute(
        f"""
        with recursive name as (
            (select {column} as value from actions order by {column} limit 1)
            union all
            select (select {column} from actions where {column} > name.value order by {column} limit 1)
            from name where name.value is not null
        )
        select value from name where value is not null
        """
    )
    return [value for (value,) in rows]


def _action(**columns: Any) -> Action:
    actor = Actor(
        who=columns.pop("who"),
        role=columns.pop("role"),
        address=columns.pop("address"),
        door=Door(columns.pop("door")),
    )
    return Action(**{**columns, "state": State(columns["state"])}, actor=actor)
