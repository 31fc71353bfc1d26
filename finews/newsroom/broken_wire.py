"""Faults of the connection: what arrives is late, cut, garbled or without end."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Mapping
from typing import Final

from aiohttp import web

from .answer import JSON_TYPE
from .trouble import Act, Trouble

_MIB: Final = 1 << 20
_FILLING: Final = "市场消息。".encode() * 4096


async def drop(trouble: Trouble) -> web.StreamResponse:
    """The connection is closed without an answer."""
    return _hung_up(trouble, web.Response())


async def stall(trouble: Trouble) -> web.StreamResponse:
    """No answer until the client gives up; with ``seconds`` the honest one after that time."""
    if "seconds" in trouble.fault.params:
        await asyncio.sleep(trouble.number("seconds", 0))
        return trouble.respond(trouble.honest)
    return await _wait_for_the_end()


async def drip(trouble: Trouble) -> web.StreamResponse:
    """The honest answer, one byte every ``interval`` seconds (0.5)."""
    response = await _begun(trouble, length=len(trouble.honest.body))
    interval = trouble.number("interval", 0.5)
    for byte in trouble.honest.body:
        await response.write(bytes((byte,)))
        await asyncio.sleep(interval)
    return response


async def short_body(trouble: Trouble) -> web.StreamResponse:
    """Half the body that ``Content-Length`` promises, then the connection is closed."""
    body = trouble.honest.body
    response = await _begun(trouble, length=len(body) + 1)
    await response.write(body[: len(body) // 2 + 1])
    return _hung_up(trouble, response)


async def bad_gzip(trouble: Trouble) -> web.StreamResponse:
    """A body that is said to be gzip, starts like it and is not."""
    packed = trouble.honest.packed()
    garbage = packed[:12] + bytes(byte ^ 0x5A for byte in packed[12:])
    headers = {"Content-Type": trouble.honest.content_type, "Content-Encoding": "gzip"}
    return web.Response(body=garbage, headers=headers)


async def huge(trouble: Trouble) -> web.StreamResponse:
    """A body of ``size`` bytes (20 MiB); with ``gzip`` a small one that unpacks to as many."""
    size = int(trouble.number("size", 20 * _MIB))
    if trouble.fault.params.get("gzip"):
        headers = {"Content-Type": JSON_TYPE, "Content-Encoding": "gzip"}
        bomb = await asyncio.to_thread(gzip.compress, b" " * size, 9)
        return web.Response(body=bomb, headers=headers)
    response = await _begun(trouble, length=size)
    left = size
    while left > 0:
        await response.write(_FILLING[:left])
        left -= len(_FILLING)
    return response


async def endless(trouble: Trouble) -> web.StreamResponse:
    """A chunked body that goes on for as long as the client reads."""
    response = await _begun(trouble, length=None)
    while True:
        await response.write(_FILLING)
        # A fast reader never makes the write wait, and other requests want their turn.
        await asyncio.sleep(0)


async def empty(trouble: Trouble) -> web.StreamResponse:
    """Status 200 and no body."""
    return web.Response(headers={"Content-Type": trouble.honest.content_type})


async def _begun(trouble: Trouble, *, length: int | None) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": trouble.honest.content_type})
    if length is None:
        response.enable_chunked_encoding()
    else:
        response.content_length = length
    await response.prepare(trouble.request)
    return response


def _hung_up(trouble: Trouble, response: web.StreamResponse) -> web.StreamResponse:
    response.force_close()
    if trouble.request.transport is not None:
        trouble.request.transport.close()
    return response


async def _wait_for_the_end() -> web.StreamResponse:
    # The server cancels this when the client hangs up and when it shuts down itself.
    await asyncio.Event().wait()
    raise AssertionError("nobody sets the event")


ACTS: Final[Mapping[str, Act]] = {
    act.__name__: act for act in (drop, stall, drip, short_body, bad_gzip, huge, endless, empty)
}
