"""Somebody who is told: an HTTP server on loopback for apprise's `json://` addresses."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Listener:
    """`messages` are those that were taken, in their order; with `refusing` none is."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.refusing = False
        self.port = 0

    @property
    def titles(self) -> list[str]:
        """Of the messages that were taken."""
        return [each["title"] for each in self.messages]

    @property
    def address(self) -> str:
        """With a password that nobody may see."""
        return f"json://desk:geheim@127.0.0.1:{self.port}/alerts"


@contextmanager
def listening() -> Iterator[Listener]:
    """A listener of its own port, for the block."""
    listener = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if not listener.refusing:
                listener.messages.append(json.loads(body))
            self.send_response(500 if listener.refusing else 200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        listener.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield listener
        server.shutdown()
        thread.join()
