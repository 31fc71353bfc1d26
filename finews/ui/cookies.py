"""The one cookie: who a browser is, before and after somebody has signed in; signed, and for us alone."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from finews.flows.console_key import ConsoleKey

_SIGNED_IN: Final = "s"
_VISIT: Final = "v"


@dataclass(frozen=True, kw_only=True)
class Pass:
    """What a browser shows: a secret name, and whether it is that of a session."""

    name: str
    is_session: bool


def new_visit() -> Pass:
    """For a browser that has none yet: it binds the forms that it is given."""
    return Pass(name=secrets.token_urlsafe(24), is_session=False)


def shown_pass(request: Request, key: ConsoleKey) -> Pass | None:
    """The pass of a request; None where it has none, or one that we did not sign."""
    kind, _, rest = request.cookies.get(_cookie(request), "").partition(".")
    name, _, signature = rest.rpartition(".")
    if kind in (_SIGNED_IN, _VISIT) and name and key.holds(signature, "cookie", kind, name):
        return Pass(name=name, is_session=kind == _SIGNED_IN)
    return None


def give_pass(answer: Response, request: Request, key: ConsoleKey, given: Pass) -> None:
    """Has the browser keep a pass until it is closed."""
    kind = _SIGNED_IN if given.is_session else _VISIT
    answer.set_cookie(
        _cookie(request),
        f"{kind}.{given.name}.{key.mac('cookie', kind, given.name)}",
        secure=_is_https(request),
        httponly=True,
        samesite="lax",
    )


def take_pass(answer: Response, request: Request) -> None:
    """Has the browser forget its pass."""
    answer.delete_cookie(_cookie(request), secure=_is_https(request), httponly=True, samesite="lax")


def _cookie(request: Request) -> str:
    """Its name. `__Host-` keeps other names of our domain from setting it, and is for https only.

    Cookies know no ports: two consoles of one machine would take each other's.
    """
    return "__Host-finews" if _is_https(request) else f"finews-{request.url.port or 80}"


def _is_https(request: Request) -> bool:
    return request.url.scheme == "https"
