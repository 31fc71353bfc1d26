"""Accounts of the console: their names, roles and password hashes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, LiteralString

from psycopg import Connection
from psycopg.rows import kwargs_row

from finews.schema.records import Record


class Role(StrEnum):
    """What an account may do: a viewer sees everything and changes nothing."""

    VIEWER = "viewer"
    OPERATOR = "operator"


@dataclass(frozen=True, kw_only=True)
class Account(Record):
    """A named account. Without a hash it is used by its tokens only."""

    name: str
    role: Role
    password_hash: str | None
    created_at: datetime
    disabled_at: datetime | None


_COLUMNS: LiteralString = "name, role, password_hash, created_at, disabled_at"


def account_named(connection: Connection[Any], name: str) -> Account | None:
    """The account of this name, also a disabled one."""
    with connection.cursor(row_factory=kwargs_row(_account)) as cursor:
        return cursor.execute(f"select {_COLUMNS} from accounts where name = %s", [name]).fetchone()


def all_accounts(connection: Connection[Any]) -> list[Account]:
    """Every account, by name."""
    with connection.cursor(row_factory=kwargs_row(_account)) as cursor:
        return cursor.execute(f"select {_COLUMNS} from accounts order by name").fetchall()


def passwords_exist(connection: Connection[Any], *, usable: bool = False) -> bool:
    """Whether some account has a password; with `usable`, one that may sign in with it."""
    row = connection.execute(
        "select exists (select from accounts where password_hash is not null"
        + (" and disabled_at is null)" if usable else ")")
    ).fetchone()
    return row == (True,)


def add_account(connection: Connection[Any], name: str, role: Role, password_hash: str | None) -> bool:
    """Makes an account; false where the name is taken."""
    made = connection.execute(
        "insert into accounts (name, role, password_hash) values (%s, %s, %s) on conflict do nothing",
        [name, role.value, password_hash],
    )
    return made.rowcount == 1


def set_password(connection: Connection[Any], name: str, password_hash: str) -> bool:
    """Gives an account another password; false where there is no such account."""
    return _changed(connection, "password_hash = %s", [password_hash, name])


def set_disabled(connection: Connection[Any], name: str, *, disabled: bool) -> bool:
    """Closes an account, or opens it again; false where there is no such account."""
    return _changed(
        connection, "disabled_at = case when %s then coalesce(disabled_at, now()) end", [disabled, name]
    )


def remove_account(connection: Connection[Any], name: str) -> bool:
    """Removes an account with its tokens; false where there is no such account."""
    return connection.execute("delete from accounts where name = %s", [name]).rowcount == 1


def _changed(connection: Connection[Any], how: LiteralString, values: list[Any]) -> bool:
    return connection.execute(f"update accounts set {how} where name = %s", values).rowcount == 1


def _account(**columns: Any) -> Account:
    return Account(**{**columns, "role": Role(columns["role"])})
