"""Accounts and their tokens, as an operator deals with them on the command line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from finews.flows.audit import command_entered
from finews.flows.doorkeeper import RESERVED, account_name, identities_of, new_token
from finews.flows.lockout import ACCOUNT
from finews.flows.passwords import checked_password, hashed
from finews.schema.accounts import (
    Account,
    Role,
    account_named,
    add_account,
    all_accounts,
    remove_account,
    set_disabled,
    set_password,
)
from finews.schema.api_tokens import ApiToken, add_token, revoke_token, tokens
from finews.schema.database import Database
from finews.schema.errors import RequestError, UnknownNameError
from finews.schema.login_failures import clear_failures
from finews.schema.sessions import end_sessions_of
from finews.schema.settings import Settings

_NAME: Final = re.compile(r"\w(?:[\w.@+-]*\w)?")


def new_account(database: Database, name: str, role: Role, password: str | None) -> Account:
    """Makes an account; without a password it is used by its tokens only. Raises RequestError."""
    name = _fresh(name)
    kept = hashed(checked_password(password)) if password is not None else None
    with command_entered(
        database, "account add", name, role=role.value, by_tokens_only=kept is None
    ) as entry:
        with database.transaction() as connection:
            if not add_account(connection, name, role, kept):
                raise RequestError(f"there is an account {name} already", advice="`finews accounts list`")
            found = account_named(connection, name)
        entry.outcome = f"made as {role.value}"
    assert found is not None
    return found


def new_password(database: Database, name: str, password: str) -> None:
    """Gives an account another password, which ends its sessions. Raises RequestError and UnknownNameError."""
    kept = hashed(checked_password(password))
    name = _named(name)
    with command_entered(database, "account password", name) as entry, database.transaction() as connection:
        _found(set_password(connection, name, kept), name)
        end_sessions_of(connection, name)
        clear_failures(connection, ACCOUNT + name)
        entry.outcome = "changed; its sessions are over"


def disable_account(database: Database, name: str, *, disabled: bool) -> None:
    """Closes an account, which ends its sessions and has its tokens rest, or opens it again.

    Raises UnknownNameError.
    """
    name = _named(name)
    action = "account disable" if disabled else "account enable"
    with command_entered(database, action, name) as entry, database.transaction() as connection:
        _found(set_disabled(connection, name, disabled=disabled), name)
        end_sessions_of(connection, name)
        entry.outcome = "closed; its sessions are over, its tokens rest" if disabled else "open again"


def drop_account(database: Database, name: str) -> None:
    """Removes an account with its tokens; what it did stays in the audit. Raises UnknownNameError."""
    name = _named(name)
    with command_entered(database, "account remove", name) as entry, database.transaction() as connection:
        _found(remove_account(connection, name), name)
        end_sessions_of(connection, name)
        entry.outcome = "removed, with its tokens"


def unlock_account(database: Database, name: str) -> bool:
    """Forgets its failed attempts to sign in; tells whether there were any."""
    name = account_name(name)
    with command_entered(database, "account unlock", name) as entry, database.transaction() as connection:
        cleared = clear_failures(connection, ACCOUNT + name)
        entry.outcome = "attempts are forgotten" if cleared else "no attempt had failed"
    return cleared


def make_token(database: Database, name: str, label: str, lasts: timedelta | None) -> tuple[str, ApiToken]:
    """A token for an account, which is told this once, and what is kept of it. Raises UnknownNameError."""
    name = _named(name)
    if not label.strip():
        raise RequestError("a token needs a label", advice='Say what it is for with --label "…"')
    token, kept = new_token()
    with (
        command_entered(database, "token make", name, label=label) as entry,
        database.transaction() as connection,
    ):
        _found(account_named(connection, name) is not None, name)
        number = add_token(connection, kept, name, label.strip(), lasts)
        made = next(each for each in tokens(connection, name) if each.id == number)
        entry.outcome = f"token {number}"
    return token, made


def end_token(database: Database, number: int) -> ApiToken:
    """Revokes a token. Raises UnknownNameError."""
    with (
        command_entered(database, "token revoke", str(number)) as entry,
        database.transaction() as connection,
    ):
        found = revoke_token(connection, number)
        if found is None:
            raise UnknownNameError(f"token {number}", advice="`finews accounts list` has their numbers")
        entry.outcome = f"“{found.label}” of {found.account} is revoked"
    return found


def listed_accounts(database: Database, settings: Settings) -> list[dict[str, Any]]:
    """`{name, role, kept, password, created_at, disabled_at, tokens: [{id, label, …}]}`, without any secret."""
    with database.transaction() as connection:
        found, theirs = all_accounts(connection), tokens(connection)
    own: list[dict[str, Any]] = [
        {
            "name": each.name,
            "role": each.role.value,
            "kept": "settings",
            "password": True,
            "created_at": None,
            "disabled_at": None,
            "tokens": [],
        }
        for each in identities_of(settings).values()
    ]
    return own + [
        {
            "name": each.name,
            "role": each.role.value,
            "kept": "database",
            "password": each.password_hash is not None,
            "created_at": each.created_at.isoformat(),
            "disabled_at": each.disabled_at.isoformat() if each.disabled_at else None,
            "tokens": [token_as_json(token) for token in theirs if token.account == each.name],
        }
        for each in found
    ]


def token_as_json(token: ApiToken) -> Mapping[str, Any]:
    """What may be known of a token."""
    return {
        "id": token.id,
        "account": token.account,
        "label": token.label,
        **{
            name: moment.isoformat() if moment else None
            for name, moment in (
                ("created_at", token.created_at),
                ("expires_at", token.expires_at),
                ("used_at", token.used_at),
                ("revoked_at", token.revoked_at),
            )
        },
    }


def _fresh(text: str) -> str:
    name = account_name(text)
    if not _NAME.fullmatch(name) or len(name) >= 64:
        raise RequestError(
            f"{text!r} is no name for an account",
            advice="Letters, digits and . _ - + @ are, up to 63 of them",
        )
    return _named(name)


def _named(text: str) -> str:
    name = account_name(text)
    if name in RESERVED:
        raise RequestError(
            f"the account {name} stands in the settings",
            advice=f"Its password is FINEWS_UI_{'VIEWER_' if name == Role.VIEWER else ''}PASSWORD",
        )
    return name


def _found(there: bool, name: str) -> None:
    if not there:
        raise UnknownNameError(f"account {name}", advice="`finews accounts list` has those that there are")
