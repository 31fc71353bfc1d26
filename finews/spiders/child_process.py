"""A crawl process as its parent sees it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from finews.schema.errors import CrawlDiedError

from .frames import Frames, framed
from .piped_process import PipedProcess


class ChildProcess(PipedProcess):
    """Started at once; its start takes a good part of a second, which the parent may use for its own."""

    def __init__(self) -> None:
        super().__init__("finews.spiders.child", environment=_environment())
        self.frames = Frames(self.ours)
        """What the process says."""

    def send(self, header: Mapping[str, Any]) -> None:
        """Sends a message; a dead process is noticed by `receive`, after all that it had to say."""
        try:
            self.ours.sendall(b"".join(framed(header)))
        except (BrokenPipeError, ConnectionResetError):
            return

    def receive(self) -> tuple[dict[str, Any], bytes]:
        """The next message, waited for; raises CrawlDiedError when none can come any more."""
        try:
            return self.frames.next()
        except (EOFError, OSError):
            raise CrawlDiedError(self.last_words()) from None

    def close(self) -> None:
        """Ends the process, whatever it is doing, and waits for it."""
        self.ours.close()
        self.terminate()
        self.end()


def _environment() -> dict[str, str]:
    """What a crawl may know of ours: nothing of databases and orchestrators, for it reads strangers' bytes."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("FINEWS_", "PREFECT_", "PG"))
    }
