"""Streams of events have an end: a browser opens the next by itself, and whoever may not come in any more is out."""

from __future__ import annotations

import asyncio
import threading
from typing import Final

from starlette.requests import Request
from starlette.types import Message, Receive

LONGEST = 300.0
"""Seconds that a stream is open: so long somebody sees what happens after their session is over."""
_BETWEEN_LOOKS: Final = 0.5


def wants_stream(request: Request) -> bool:
    """Whether a request opens a stream of events."""
    return "text/event-stream" in request.headers.get("accept", "")


def with_an_end(receive: Receive, stopping: threading.Event) -> Receive:
    """What a stream hears of its browser; after a while, or when the console stops, that it is gone."""
    loop = asyncio.get_running_loop()
    end = loop.time() + LONGEST

    async def receiving() -> Message:
        hearing = asyncio.ensure_future(receive())
        try:
            while not stopping.is_set() and loop.time() < end:
                await asyncio.wait({hearing}, timeout=_BETWEEN_LOOKS)
                if hearing.done():
                    return hearing.result()
        finally:
            hearing.cancel()
        return {"type": "http.disconnect"}

    return receiving
