"""The token that every changing form carries."""

from __future__ import annotations

from typing import Final

from fastapi import Request

FIELD: Final = "token"
"""The name of the hidden field."""


def token_of(request: Request) -> str:
    """The token of whoever asks; empty where nobody has to prove that a form is ours."""
    return str(getattr(request.state, "token", ""))
