"""The door: every request passes it, and whatever nobody has said to be open is closed.

In this order: under which name the console is asked, which site is behind it, who asks, whether they may act, and
whether a page of ours, given to this browser, asked for it.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from finews.flows.operator import operator
from finews.schema.accounts import Role
from finews.schema.actions import Door
from finews.schema.errors import FinewsError
from finews.schema.settings import Settings
from finews.ui.body import form_field, handed_on, read_body
from finews.ui.console import Console, console_of
from finews.ui.cookies import Pass, give_pass, new_visit, shown_pass
from finews.ui.failures import failure, status_of
from finews.ui.forgery import FIELD, HEADER, is_token, new_token
from finews.ui.hosts import Hosts
from finews.ui.origin import SAFE, is_foreign
from finews.ui.viewer import STRANGER, Viewer

SIGN_IN: Final = "/sign-in"
SIGN_OUT: Final = "/sign-out"
_STATIC: Final = "/static/"
_OPEN: Final = (_STATIC, "/language/", "/healthz", "/readyz")
"""How addresses begin at which nobody has to be anybody, and nobody is asked."""
_API: Final = "/api/"
_PROXIED: Final = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


class DoorMiddleware:
    """Lets requests in to the application, or answers them itself."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app, self._hosts = app, Hosts(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request. Web sockets are refused: the console has none."""
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        headers = request.headers
        if not self._hosts.allow(headers.get("host", ""), (scope.get("server") or ("", 0))[0]):
            words = "The console is asked under a name that is not its own. FINEWS_UI_HOSTS adds names.\n"
            await PlainTextResponse(words, 400)(scope, receive, send)
        elif request.method in SAFE and request.url.path.startswith(_STATIC):
            # An article's frame has no origin: its style sheet is asked for as if by another site.
            await self._app(scope, receive, send)
        elif is_foreign(request.method, headers, request.url.scheme):
            words = "The request comes from another site, nothing was done."
            await (await _refused(request, 403, "Forbidden", words))(scope, receive, send)
        elif request.method in SAFE and request.url.path.startswith(_OPEN):
            await self._app(scope, receive, send)
        else:
            await self._let_in(request, scope, receive, send)

    async def _let_in(self, request: Request, scope: Scope, receive: Receive, send: Send) -> None:
        console = console_of(request)
        shown = shown_pass(request, console.key)
        given = shown or new_visit()
        request.state.token = new_token(console.key, given.name)
        request.state.shown = shown
        try:
            viewer = await run_in_threadpool(_viewer, console, request, shown)
            request.state.viewer = viewer or STRANGER
            answer = await self._answer(request, viewer)
            if answer is None and request.method not in SAFE:
                messages = await read_body(receive)
                receive = handed_on(messages, receive)
                if not await _is_meant(request, console, given, messages):
                    answer = await _refused(request, 403, "Forbidden", _NOT_MEANT)
        except FinewsError as error:
            kind = type(error).__name__.removesuffix("Error")
            answer = await _refused(request, status_of(error), kind, str(error))
        except HTTPException as error:
            answer = await _refused(request, error.status_code, "Request", f"{error.detail}.")
        if answer is not None:
            await answer(scope, receive, send)
        elif shown or request.url.path.startswith(_API):
            await self._app(scope, receive, send)
        else:
            await self._app(scope, receive, _with_pass(request, console, given, send))

    @staticmethod
    async def _answer(request: Request, viewer: Viewer | None) -> Response | None:
        """What is said to somebody who may not come in; None to all others."""
        path = request.url.path
        if viewer is None:
            return None if path == SIGN_IN else await _asked_who(request)
        if not viewer.signed_in and any(name in request.headers for name in _PROXIED):
            return await _refused(request, 403, "Forbidden", _PROXY)
        if request.method in SAFE or viewer.may_act or path in (SIGN_IN, SIGN_OUT):
            return None
        words = f"{viewer.name} may look and not act, nothing was done. Sign in as an operator."
        return await _refused(request, 403, "Forbidden", words)


_NOT_MEANT: Final = (
    "The form was not given to this browser, or is too old; nothing was done. Open the page again."
)
_PROXY: Final = "A proxy asks, and the console has no password. Set FINEWS_UI_PASSWORD."


def _viewer(console: Console, request: Request, shown: Pass | None) -> Viewer | None:
    """Who asks; None where they have to say so."""
    path, address = request.url.path, request.client.host if request.client else ""
    keeper = console.doorkeeper
    door = Door.API if path.startswith(_API) else Door.PAGE
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if door is Door.API and kind.lower() == "bearer":
        identity = keeper.who_has(token.strip())
        request.state.by_token = identity is not None
    else:
        identity = keeper.who_is_signed_in(shown.name) if shown and shown.is_session else None
        if identity is None and keeper.asks_nobody(address):
            return Viewer(name=operator(), role=Role.OPERATOR, address=address, door=door)
    if identity is None:
        return None
    return Viewer(name=identity.name, role=identity.role, address=address, door=door, signed_in=True)


async def _is_meant(request: Request, console: Console, given: Pass, messages: list[Message]) -> bool:
    """Whether a page of ours asked for this; a token of the API is proof enough, for no browser adds it by itself."""
    if getattr(request.state, "by_token", False):
        return True
    token = request.headers.get(HEADER) or await form_field(request.scope, messages, FIELD)
    return is_token(console.key, given.name, token)


async def _asked_who(request: Request) -> Response:
    path = request.url.path
    if path.startswith(_API):
        words = "Nobody has signed in. The API wants a token: Authorization: Bearer …"
        return await _refused(request, 401, "Unauthorized", words, {"WWW-Authenticate": "Bearer"})
    to = path + (f"?{request.url.query}" if request.url.query else "") if request.method in SAFE else "/"
    return RedirectResponse(f"{SIGN_IN}?{urlencode({'to': to})}" if to != "/" else SIGN_IN, 303)


async def _refused(
    request: Request, status: int, kind: str, words: str, headers: dict[str, str] | None = None
) -> Response:
    return await run_in_threadpool(failure, request, status, kind, words, headers=headers)


def _with_pass(request: Request, console: Console, given: Pass, send: Send) -> Send:
    """Has an answer bring the browser its first pass, unless it brings another one itself."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            carrier = Response()
            give_pass(carrier, request, console.key, given)
            cookie = carrier.headers["set-cookie"].encode("latin-1")
            name = cookie.partition(b"=")[0] + b"="
            headers = list(message.get("headers", []))
            if not any(key.lower() == b"set-cookie" and value.startswith(name) for key, value in headers):
                headers.append((b"set-cookie", cookie))
            message = {**message, "headers": headers}
        await send(message)

    return sending
