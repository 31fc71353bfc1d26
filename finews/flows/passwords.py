"""Passwords: hashed with argon2, compared in the same time whether the account exists, a few at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Final

from finews.schema.errors import RequestError, TooManySigningInError
from finews.schema.ui_settings import ARGON2

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST: Final = 10
LONGEST: Final = 1024
"""Characters of a password."""
_AT_ONCE: Final = 2
"""Passwords that are compared at once: each takes a core and 64 MiB for a moment."""
_WAITING: Final = 8
"""Those that may wait for their turn; whoever comes beyond is sent away, so that requests of others have threads."""

_places = threading.BoundedSemaphore(_AT_ONCE + _WAITING)
_turns = threading.BoundedSemaphore(_AT_ONCE)


def hashed(password: str) -> str:
    """The argon2 hash of a password."""
    return _hasher().hash(password)


def checked_password(password: str) -> str:
    """The password, where it may be one; raises RequestError."""
    if len(password) < SHORTEST:
        raise RequestError(f"the password is too short: at least {SHORTEST} characters are expected")
    if len(password) > LONGEST:
        raise RequestError(f"the password is too long: at most {LONGEST} characters are expected")
    return password


def fits(password: str, known: str | None) -> bool:
    """Whether a password is the known one: a hash, or as the settings have it; None fits nothing, in the same time.

    Raises TooManySigningInError.
    """
    from argon2.exceptions import InvalidHashError, VerificationError

    with _turn():
        try:
            _hasher().verify(_hash_of(known), password[: LONGEST + 1])
        except (InvalidHashError, VerificationError):
            return False
    return known is not None


@contextmanager
def _turn() -> Iterator[None]:
    if not _places.acquire(blocking=False):
        raise TooManySigningInError(advice="Try again in a few seconds")
    try:
        with _turns:
            yield
    finally:
        _places.release()


@cache
def _hash_of(known: str | None) -> str:
    """What a password is compared with: of a plain one its hash, of none that of a word that nobody can type."""
    if known is None:
        return hashed("\0" * LONGEST)
    return known if ARGON2.fullmatch(known) else hashed(known)


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher()
