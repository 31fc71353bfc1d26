"""The console's key: what cookies are signed with, and what tokens against forgery are made of."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

from finews.schema.errors import RequestError
from finews.schema.settings import Settings

_FILE: Final = "console.key"
_LENGTH: Final = 64


class ConsoleKey:
    """Makes and checks signatures; each purpose has signatures of its own."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def mac(self, purpose: str, *parts: str) -> str:
        """The signature of these parts, 64 hexadecimal digits."""
        # Lengths first: no two lists of parts are signed as the same text.
        text = "".join(f"{len(each)}:{each}" for each in (purpose, *parts))
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()

    def holds(self, signature: str, purpose: str, *parts: str) -> bool:
        """Whether this is their signature."""
        return hmac.compare_digest(signature.encode(), self.mac(purpose, *parts).encode())


def console_key(settings: Settings) -> ConsoleKey:
    """The key of the settings, or that of the data folder, which is made once; raises RequestError."""
    if settings.ui_secret:
        return ConsoleKey(settings.ui_secret.get_secret_value().encode())
    file = settings.data / _FILE
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        found = _read(file)
        if not found:
            _make(file)
            found = _read(file)
        if file.stat().st_mode & 0o077:
            # It was copied here, and whoever can read it can sign in as anybody.
            file.chmod(0o600)
    except OSError as error:
        raise RequestError(
            f"{file} cannot be used ({error.strerror})", advice="Set FINEWS_HOME or FINEWS_UI_SECRET"
        ) from None
    if len(found) < _LENGTH:
        raise RequestError(
            f"{file} holds no key", advice="Remove it: a new one is made, and all sign in again"
        )
    return ConsoleKey(found)


def _read(file: Path) -> bytes:
    with suppress(FileNotFoundError):
        return file.read_bytes().strip()
    return b""


def _make(file: Path) -> None:
    """Writes a key that nobody else may read; of several at once the first one's is there."""
    beside = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as fresh:
            fresh.write(secrets.token_hex(_LENGTH // 2))
            fresh.flush()
            os.fsync(fresh.fileno())
        with suppress(FileExistsError):
            os.link(beside, file)
    finally:
        beside.unlink(missing_ok=True)
