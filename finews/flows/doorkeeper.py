"""Who comes in: by name and password, by the session that this begins, or by a token of the API."""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from finews.flows.console_key import ConsoleKey
from finews.flows.lockout import subjects, with_attempt
from finews.flows.loopback import is_local, is_loopback
from finews.flows.passwords import fits
from finews.schema.accounts import Role, account_named, passwords_exist
from finews.schema.api_tokens import account_of_token
from finews.schema.database import Database
from finews.schema.errors import LockedOutError, SignInError, TooManySigningInError
from finews.schema.frontier import clock
from finews.schema.login_failures import clear_failures, count_attempt, take_back
from finews.schema.sessions import begin_session, end_session, live_session
from finews.schema.settings import Settings

TOKEN_PREFIX: Final = "finews_"  # noqa: S105 - no token, what each begins with
"""What a token of the API begins with, so that one that was lost is known when it is found."""
RESERVED: Final = frozenset(each.value for each in Role)
"""Names of the accounts of the settings; no other has one of them."""
_LONGEST_NAME: Final = 64


@dataclass(frozen=True, kw_only=True)
class Identity:
    """An account that may come in, and the password (or its hash) that it does so with."""

    name: str
    role: Role
    known: str | None


class Doorkeeper:
    """Knows the accounts of the settings, and asks the database for the others."""

    def __init__(self, database: Database, settings: Settings, key: ConsoleKey) -> None:
        """Raises SettingError where the file of a password cannot be used."""
        self._database, self._key = database, key
        self._lasts = timedelta(hours=settings.ui_session_hours)
        self._idle = timedelta(minutes=settings.ui_idle_minutes)
        self._own = identities_of(settings)
        self._local = is_local(settings)

    def asks_nobody(self, address: str) -> bool:
        """Whether whoever comes from there is let in as they are: there is no password at all, and no way from outside.

        Where the last account of a console that others reach is removed, nobody comes in.
        """
        if self._own or not self._local or not is_loopback(address):
            return False
        with self._database.transaction() as connection:
            return not passwords_exist(connection)

    def sign_in(self, name: str, password: str, address: str) -> str:
        """Begins a session and returns its secret name.

        Raises SignInError, LockedOutError with the time that is left, TooManySigningInError.
        """
        name = account_name(name)
        account, from_there = subjects(name, address)
        with self._database.transaction() as connection:
            locked = count_attempt(connection, [account, from_there], with_attempt)
            now = clock(connection)
        if locked:
            raise LockedOutError(max(1, round((locked - now).total_seconds())))
        found = self._identity(name)
        try:
            right = fits(password, found.known if found else None)
        except TooManySigningInError:
            with self._database.transaction() as connection:
                take_back(connection, [account, from_there])
            raise
        if not right or found is None:
            raise SignInError
        session = secrets.token_urlsafe(32)
        with self._database.transaction() as connection:
            clear_failures(connection, account)
            take_back(connection, [from_there])
            begin_session(connection, _hash(session), name, self._fingerprint(found), lasts=self._lasts)
        return session

    def who_is_signed_in(self, session: str) -> Identity | None:
        """Whose session this is; None where it is over, or its account is closed or has another password by now."""
        with self._database.transaction() as connection:
            found = live_session(connection, _hash(session), idle=self._idle)
        if found is None:
            return None
        name, fingerprint = found
        identity = self._identity(name)
        if identity and secrets.compare_digest(fingerprint, self._fingerprint(identity)):
            return identity
        return None

    def who_has(self, token: str) -> Identity | None:
        """Whose token of the API this is; None where it is none, or over."""
        if not token.startswith(TOKEN_PREFIX):
            return None
        with self._database.transaction() as connection:
            name = account_of_token(connection, _hash(token))
        return self._identity(name) if name else None

    def sign_out(self, session: str) -> None:
        """Ends a session."""
        with self._database.transaction() as connection:
            end_session(connection, _hash(session))

    def known(self, name: str) -> Identity | None:
        """The account of this name. What was typed there and is none may be a password, and is to be kept nowhere."""
        return self._identity(account_name(name))

    def _identity(self, name: str) -> Identity | None:
        if name in self._own or name in RESERVED:
            return self._own.get(name)
        with self._database.transaction() as connection:
            found = account_named(connection, name)
        if found is None or found.disabled_at:
            return None
        return Identity(name=found.name, role=found.role, known=found.password_hash)

    def _fingerprint(self, identity: Identity) -> str:
        return self._key.mac("password", identity.name, identity.role.value, identity.known or "")


def identities_of(settings: Settings) -> Mapping[str, Identity]:
    """The accounts whose passwords stand in the settings, by name."""
    given = {
        Role.OPERATOR: settings.operator_password,
        Role.VIEWER: settings.viewer_password,
    }
    return {
        role.value: Identity(name=role.value, role=role, known=known)
        for role, known in given.items()
        if known is not None
    }


def account_name(text: str) -> str:
    """The name as it is kept: one spelling, whatever its case and width; cut where it is too long to be one."""
    return unicodedata.normalize("NFKC", text).strip().casefold().replace("\0", "")[:_LONGEST_NAME]


def new_token() -> tuple[str, bytes]:
    """A token of the API and what is kept of it."""
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    return token, _hash(token)


def _hash(secret: str) -> bytes:
    # A fast hash is enough: what is hashed is 256 bits of chance.
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()
