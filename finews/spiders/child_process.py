"""A crawl process as its parent sees it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from finews.schema.errors import CrawlDiedError

from .exchange import read, write
from .piped_process import PipedProcess


class ChildProcess(PipedProcess):
    """Started at once; its start takes a good part of a second, which the parent may use for its own."""

    def __init__(self) -> None:
        super().__init__("finews.spiders.child", environment=_environment())

    def send(self, header: Mapping[str, Any]) -> None:
        """Sends a message; a dead process is noticed by `receive`, after all that it had to say."""
        try:
            write(self.pipe, header)
        except (BrokenPipeError, ConnectionResetError):
            return

    def receive(self) -> tuple[dict[str, Any], bytes]:
        """The next message, waited for; raises CrawlDiedError when none can come any more."""
        try:
            return read(self.pipe)
        except (EOFError, OSError):
            raise CrawlDiedError(self.last_words()) from None

    def close(self) -> None:
        """Ends the process, whatever it is doing, and waits for it."""
        self.pipe.close()
        self.terminate()
        self.end()


def _environment() -> dict[str, str]:
    """What a crawl may know of ours: nothing of databases and orchestrators, for it reads strangers' bytes."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("FINEWS_", "PREFECT_", "PG"))
    }
