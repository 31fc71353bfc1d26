"""Signing in and out."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from finews.flows.audit import noted
from finews.flows.doorkeeper import account_name
from finews.schema.actions import Actor, Door, State
from finews.schema.errors import LockedOutError, SignInError, TooManySigningInError
from finews.ui.console import Console, Here
from finews.ui.cookies import Pass, give_pass, take_pass
from finews.ui.moments import lasting
from finews.ui.own_path import own_path
from finews.ui.pages import page, say
from finews.ui.viewer import Looking, viewer_of

pages = APIRouter(include_in_schema=False)
_UNKNOWN: Final = "?"
"""Who it was in the audit where there is no such account: what was typed there may be a password."""


@pages.get("/sign-in")
def sign_in_page(request: Request, to: str = "/") -> Response:
    """The form; whoever is let in already goes on."""
    if viewer_of(request).name:
        return RedirectResponse(own_path(to), 303)
    return _form(request, to)


@pages.post("/sign-in")
def sign_in(
    request: Request,
    console: Here,
    name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    to: Annotated[str, Form()] = "/",
) -> Response:
    """Begins a session under a name that nobody had before, and goes to where one wanted to be."""
    address = request.client.host if request.client else ""
    try:
        session = console.doorkeeper.sign_in(name, password, address)
    except SignInError:
        _note(console, name, address, State.REFUSED, "the password is wrong")
        words = say(request, "Name or password is wrong.")
        return _form(request, to, name=name, words=words, status=403)
    except LockedOutError as error:
        words = say(
            request, "Too many attempts have failed. Try again in %(time)s.", time=_span(error.seconds)
        )
        return _form(request, to, name=name, words=words, status=429, wait=error.seconds)
    except TooManySigningInError:
        words = say(request, "Many are signing in at this moment. Try again in a few seconds.")
        return _form(request, to, name=name, words=words, status=503, wait=5)
    _end_of(console, request)
    _note(console, name, address, State.DONE, "signed in")
    answer = RedirectResponse(own_path(to), 303)
    give_pass(answer, request, console.key, Pass(name=session, is_session=True))
    return answer


@pages.post("/sign-out")
def sign_out(request: Request, console: Here, viewer: Looking) -> Response:
    """Ends the session."""
    _end_of(console, request)
    if viewer.signed_in:
        noted(console.database, viewer.actor, "sign out", "", State.DONE, "signed out")
    answer = RedirectResponse("/sign-in", 303)
    take_pass(answer, request)
    return answer


def _span(seconds: int) -> str:
    return f"{seconds} s" if seconds < 60 else lasting(seconds)


def _form(
    request: Request, to: str, *, name: str = "", words: str = "", status: int = 200, wait: int = 0
) -> Response:
    answer = page(request, "sign_in.html", status=status, to=own_path(to), name=name[:64], words=words)
    if wait:
        answer.headers["Retry-After"] = str(wait)
    return answer


def _end_of(console: Console, request: Request) -> None:
    shown: Pass | None = getattr(request.state, "shown", None)
    if shown and shown.is_session:
        console.doorkeeper.sign_out(shown.name)


def _note(console: Console, name: str, address: str, state: State, outcome: str) -> None:
    identity = console.doorkeeper.known(name)
    who, role = (account_name(name), identity.role.value) if identity else (_UNKNOWN, "")
    actor = Actor(who=who, role=role, address=address, door=Door.PAGE)
    noted(console.database, actor, "sign in", "", state, outcome)
