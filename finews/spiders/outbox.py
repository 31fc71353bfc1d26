"""Messages to the parent, sent in order, so that the event loop never waits for a full pipe."""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from itertools import islice
from typing import Any, Final

from .frames import framed

MOST: Final = 8 * 2**20
"""Bytes that may wait to be sent before a sender has to wait too."""
_PIECES: Final = 64
"""Pieces that are sent in one call; systems have a limit (IOV_MAX)."""


class Outbox:
    """The child's end of the pipe, for sending; used in one event loop.

    A message is sent at once where there is room. Otherwise it waits until the loop says that there is.
    """

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._pieces: deque[bytes | memoryview] = deque()
        self._size = 0
        self._blocked = False
        self._room = asyncio.Event()
        self._room.set()

    def post(self, header: Mapping[str, Any], body: bytes = b"") -> None:
        """Puts a message in line."""
        for piece in framed(header, body):
            self._pieces.append(piece)
            self._size += len(piece)
        if not self._blocked:
            self._send()

    async def send(self, header: Mapping[str, Any], body: bytes = b"") -> None:
        """Puts a message in line; while too much waits there already, until there is room again."""
        self.post(header, body)
        if self._size > MOST:
            self._room.clear()
            await self._room.wait()

    def close(self) -> None:
        """Sends what waits, however long that takes: what was fetched is the parent's, whatever ended the work."""
        with suppress(OSError):
            while self._pieces:
                self._sent(self._end.sendmsg(list(islice(self._pieces, _PIECES))))

    def _send(self) -> None:
        try:
            while self._pieces:
                self._sent(self._end.sendmsg(list(islice(self._pieces, _PIECES)), (), socket.MSG_DONTWAIT))
        except BlockingIOError:
            self._wait_for_room()
            return
        except OSError:
            # Nobody is there any more; the inbox, which notices too, ends the process.
            self._pieces.clear()
            self._size = 0
            self._room.set()
        if self._blocked:
            self._blocked = False
            asyncio.get_running_loop().remove_writer(self._end)

    def _wait_for_room(self) -> None:
        if not self._blocked:
            self._blocked = True
            asyncio.get_running_loop().add_writer(self._end, self._send)

    def _sent(self, number: int) -> None:
        self._size -= number
        while number:
            piece = self._pieces.popleft()
            if len(piece) > number:
                self._pieces.appendleft(memoryview(piece)[number:])
                break
            number -= len(piece)
        if self._size <= MOST:
            self._room.set()
