"""Messages to the parent, written in order by a thread, so that the event loop never waits for a full pipe."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from typing import Any, Final

from .exchange import write

MOST: Final = 8 * 2**20
"""Bytes of bodies that may wait to be written before a sender has to wait too."""


class Outbox:
    """The child's end of the pipe, for writing; used in one event loop."""

    def __init__(self, connection: Connection[bytes, bytes]) -> None:
        self._connection = connection
        self._writer = ThreadPoolExecutor(1, "outbox")
        self._waiting = 0

    def post(self, header: Mapping[str, Any], body: bytes = b"") -> asyncio.Future[None]:
        """Puts a message in line; the future is done when it is written."""
        size = len(body)
        self._waiting += size
        loop = asyncio.get_running_loop()
        written = loop.run_in_executor(self._writer, write, self._connection, header, body)
        written.add_done_callback(lambda _: self._leave(size))
        return written

    async def send(self, header: Mapping[str, Any], body: bytes = b"") -> None:
        """Puts a message in line; while too much waits there already, until it is written."""
        written = self.post(header, body)
        if self._waiting > MOST:
            await written

    def _leave(self, size: int) -> None:
        self._waiting -= size
