"""HTTP servers in a thread of their own, with a clean end whatever their connections are doing."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Coroutine, Sequence

from aiohttp import web

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

# Seconds that a request in work is given at the end before it is cut off.
_GRACE = 0.05


def listening(host: str, port: int) -> socket.socket:
    """A socket bound to ``host`` and ``port`` (0: a free one); OSError if that cannot be had."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound


class ServingThread:
    """Serves each socket with its handler from :meth:`start` to :meth:`stop`; it owns the sockets.

    ``beside`` runs on the same event loop meanwhile and is cancelled at the end.
    """

    def __init__(
        self,
        listeners: Sequence[tuple[socket.socket, Handler]],
        beside: Callable[[], Coroutine[None, None, None]] | None = None,
    ) -> None:
        self._listeners = listeners
        self._beside = beside
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run, name="newsroom", daemon=True)

    def start(self) -> None:
        """Return once every socket accepts connections; raises what kept them from it."""
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            self._thread.join()
            raise self._failure

    def stop(self) -> None:
        """Close everything and wait for the thread."""
        if self._loop is not None and self._stop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as failure:
            if self._ready.is_set():
                raise
            self._failure = failure
        finally:
            for bound, _ in self._listeners:
                bound.close()
            self._ready.set()

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        runners: list[web.ServerRunner] = []
        beside: asyncio.Task[None] | None = None
        try:
            for bound, handler in self._listeners:
                # A handler that waits for ever ends with its connection.
                server = web.Server(handler, handler_cancellation=True, access_log=None)
                runner = web.ServerRunner(server, shutdown_timeout=_GRACE)
                runners.append(runner)
                await runner.setup()
                await web.SockSite(runner, bound, backlog=1024).start()
            if self._beside is not None:
                beside = asyncio.create_task(self._beside())
            self._ready.set()
            await self._stop.wait()
        finally:
            if beside is not None:
                beside.cancel()
                await asyncio.wait([beside])
            await _close(runners)


async def _close(runners: Sequence[web.ServerRunner]) -> None:
    servers = [runner.server for runner in runners if runner.server is not None]
    transports = [connection.transport for server in servers for connection in server.connections]
    await asyncio.gather(*(runner.cleanup() for runner in runners))
    # A close waits until everything is sent, which a client that no longer reads can prevent for ever.
    for transport in transports:
        if isinstance(transport, asyncio.Transport):
            transport.abort()
    # The loop tells transports of their end in its next rounds.
    for _ in range(3):
        await asyncio.sleep(0)
