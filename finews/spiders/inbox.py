"""Messages from the parent, read by a thread that also ends the process when the parent is gone."""

from __future__ import annotations

import asyncio
import os
import queue
import threading
from collections.abc import Callable
from typing import Any

from .frames import Frames


class Inbox:
    """The child's end of the pipe, for reading. The parent bounds what it sends, so this holds little."""

    def __init__(self, frames: Frames) -> None:
        self._frames = frames
        self._messages: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._come = asyncio.Event()
        self._wake: Callable[[], object] = lambda: None
        threading.Thread(target=self._read, name="inbox", daemon=True).start()

    async def next(self) -> dict[str, Any]:
        """The next message."""
        loop = asyncio.get_running_loop()
        self._wake = lambda: loop.call_soon_threadsafe(self._come.set)
        while True:
            try:
                return self._messages.get_nowait()
            except queue.Empty:
                await self._come.wait()
                self._come.clear()

    def _read(self) -> None:
        while True:
            try:
                message, _ = self._frames.next()
            except (EOFError, OSError):
                # Nobody is there any more to hear what becomes of whatever is under way.
                os._exit(0)
            self._messages.put(message)
            self._wake()
