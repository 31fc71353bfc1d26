"""Tokens against forgery: what changes something proves that a page of ours, given to this browser, asked for it."""

from __future__ import annotations

import secrets
from typing import Final

from starlette.requests import Request

from finews.flows.console_key import ConsoleKey

FIELD: Final = "token"
"""The name of the hidden field."""
HEADER: Final = "X-CSRF-Token"
"""The header in its place, for scripts of ours."""
_NONCE: Final = 16


def token_of(request: Request) -> str:
    """The token of whoever asks; empty where nobody has to prove that a form is ours."""
    return str(getattr(request.state, "token", ""))


def new_token(key: ConsoleKey, name: str) -> str:
    """A token for the browser with this pass; each page has another one, so that none is found by guessing bytes."""
    nonce = secrets.token_hex(_NONCE // 2)
    return nonce + key.mac("form", name, nonce)


def is_token(key: ConsoleKey, name: str, token: str) -> bool:
    """Whether a token was made for this browser."""
    return key.holds(token[_NONCE:], "form", name, token[:_NONCE])
