"""What has changed, told while it happens: one watcher a console asks the database, and each open page hears of it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Collection
from typing import Final

from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from finews.schema.database import Database
from finews.schema.errors import FinewsError, TooManyStreamsError
from finews.schema.watermarks import TOPICS, watermarks

MOST: Final = 100
"""Streams that a console has open at once."""
_BETWEEN_LOOKS: Final = 1.0
_BETWEEN_STOPS: Final = 0.1
"""Seconds in which an end of the console is noticed."""
_HEARTBEAT: Final = 15.0
LONGEST = 300.0
"""Seconds that a stream is open: so long somebody sees what happens after their session is over."""
_BEFORE_AGAIN: Final = 2000
"""Milliseconds that a browser waits before it comes back."""


class Listener:
    """An open page: the topics it is about, and which of them have changed since it was told last.

    A set, however much happens: a page that is slow to read misses no change, and holds nothing up.
    """

    def __init__(self, topics: Collection[str]) -> None:
        self._topics = frozenset(topics)
        self._changed: set[str] = set()
        self._wake = asyncio.Event()
        self.over = False

    def tell(self, topics: Collection[str]) -> None:
        """Something of these topics has changed."""
        if found := self._topics & set(topics):
            self._changed |= found
            self._wake.set()

    def end(self) -> None:
        """There will be no more."""
        self.over = True
        self._wake.set()

    async def changed(self, patience: float) -> list[str]:
        """The topics that have changed since the last call, as soon as one has; none after `patience` seconds."""
        try:
            await asyncio.wait_for(self._wake.wait(), patience)
        except TimeoutError:
            return []
        self._wake.clear()
        changed, self._changed = sorted(self._changed), set()
        return changed


class Streams:
    """The listeners of a console. The database is asked as long as there are any, once a second for all of them."""

    def __init__(self, database: Database, stopping: threading.Event, *, most: int = MOST) -> None:
        self._database, self._stopping, self._most = database, stopping, most
        self._listeners: set[Listener] = set()
        self._watch: asyncio.Task[None] | None = None
        self.looks = 0
        """How often the database was asked."""

    def join(self, topics: Collection[str]) -> Listener:
        """A new listener; raises TooManyStreamsError."""
        if len(self._listeners) >= self._most:
            raise TooManyStreamsError(f"{self._most}", advice="Close some, or reload this one by hand")
        listener = Listener(topics)
        if self._stopping.is_set():
            listener.end()
            return listener
        self._listeners.add(listener)
        if self._watch is None or self._watch.done():
            self._watch = asyncio.create_task(self._watching())
        return listener

    def leave(self, listener: Listener) -> None:
        """A listener is gone."""
        self._listeners.discard(listener)

    async def close(self) -> None:
        """Ends all streams, and the watch."""
        self._stopping.set()
        if self._watch:
            await self._watch

    async def _watching(self) -> None:
        known: dict[str, str] | None = None
        first = True
        while self._listeners and not self._stopping.is_set():
            found = await run_in_threadpool(self._look)
            if not first and found != known:
                self._tell(known or {}, found or {})
            first, known = False, found
            end = time.monotonic() + _BETWEEN_LOOKS
            while time.monotonic() < end and not self._stopping.is_set():  # noqa: ASYNC110 - an event of threads
                await asyncio.sleep(_BETWEEN_STOPS)
        for each in list(self._listeners):
            each.end()

    def _tell(self, before: dict[str, str], after: dict[str, str]) -> None:
        # A database that went away, or came back, changes every topic.
        changed = [topic for topic in TOPICS if before.get(topic) != after.get(topic)]
        for each in list(self._listeners):
            each.tell(changed)

    def _look(self) -> dict[str, str] | None:
        self.looks += 1
        try:
            with self._database.transaction(wait=2) as connection:
                return watermarks(connection)
        except FinewsError:
            return None


class EventStream(StreamingResponse):
    """Server-sent events: `changed` with the topics, and a comment now and then so that both ends know of each other.

    Ends with the console, with the client, and after some minutes: a page comes back by itself.
    """

    def __init__(self, streams: Streams, topics: Collection[str]) -> None:
        self._streams, self._listener = streams, streams.join(topics)
        super().__init__(
            self._told(),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends until it is over. A client that reads no more is let go with its time."""
        try:
            async with asyncio.timeout(LONGEST + _HEARTBEAT):
                await super().__call__(scope, receive, send)
        except TimeoutError:
            return
        finally:
            self._streams.leave(self._listener)

    async def _told(self) -> AsyncIterator[str]:
        until = time.monotonic() + LONGEST
        yield f"retry: {_BEFORE_AGAIN}\n\n"
        while not self._listener.over and time.monotonic() < until:
            changed = await self._listener.changed(_HEARTBEAT)
            if not self._listener.over:
                yield f"event: changed\ndata: {' '.join(changed)}\n\n" if changed else ": still here\n\n"
