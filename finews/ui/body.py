"""The body of a request, read once and handed on: as much of it as anybody has to send."""

from __future__ import annotations

from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message, Receive, Scope

MOST: Final = 8 * 2**20
"""Bytes: a list of a hundred thousand links."""
_FORMS: Final = ("application/x-www-form-urlencoded", "multipart/form-data")


async def read_body(receive: Receive) -> list[Message]:
    """The messages of a body. Raises HTTPException (413) where it is too long."""
    found: list[Message] = []
    size = 0
    while True:
        message = await receive()
        found.append(message)
        size += len(message.get("body", b""))
        if size > MOST:
            raise HTTPException(413, f"More than {MOST // 2**20} MiB are not read")
        if not message.get("more_body", False):
            return found


def handed_on(messages: list[Message], receive: Receive) -> Receive:
    """What gives these messages again, and then what comes after them."""
    waiting = iter(messages)

    async def again() -> Message:
        for message in waiting:
            return message
        return await receive()

    return again


async def form_field(scope: Scope, messages: list[Message], name: str) -> str:
    """A field of the form that a body is; empty where it is none, or has no such field.

    Raises HTTPException (400) where it says that it is one, and is not.
    """
    kind = Request(scope).headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in _FORMS:
        return ""
    # A scope of its own: what is read here is not to be taken for read by the handler.
    request = Request(dict(scope), handed_on(messages, _nothing))
    async with request.form() as form:
        value = form.get(name)
    return value if isinstance(value, str) else ""


async def _nothing() -> Message:
    return {"type": "http.disconnect"}
