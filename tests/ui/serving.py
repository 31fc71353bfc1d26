"""A console served over real HTTP on loopback, in a thread of the test."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI


class _Server(uvicorn.Server):
    """Tells the console's streams when it is to end, as `finews ui` does."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.config.app.state.console.stopping.set()  # type: ignore[union-attr]
        await super().shutdown(sockets)


@contextmanager
def served(app: FastAPI, *, proxy: str = "", port: int = 0) -> Iterator[str]:
    """Serves an application for the block; yields its address, without a slash at the end.

    What the `proxy` of this address says of others is believed.
    """
    server = _Server(
        uvicorn.Config(
            app,
            host="127.0.0.1",
            port=port,
            log_level="warning",
            proxy_headers=bool(proxy),
            forwarded_allow_ips=proxy,
            timeout_graceful_shutdown=1,
        )
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the console did not start"
            time.sleep(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
