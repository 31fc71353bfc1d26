"""Under which names the console may be asked: a stranger's name that leads here must not read what is here."""

from __future__ import annotations

import re
from typing import Final

from finews.flows.loopback import is_loopback
from finews.schema.settings import Settings

_HEADER: Final = re.compile(r"(\[[0-9a-f.]*:[0-9a-f:.]*\]|[0-9a-z._-]+)(?::([0-9]{1,5}))?", re.IGNORECASE)
_HIGHEST_PORT: Final = 65535


class Hosts:
    """The names of one console: this machine's loopback, its own address, and what the settings add."""

    def __init__(self, settings: Settings) -> None:
        self._names = {"localhost", settings.ui_host.lower(), *settings.ui_hosts}

    def allow(self, header: str, server: str) -> bool:
        """Whether a request with this Host header may be answered; `server` is the address that it came to.

        A page elsewhere can have its own name point here (DNS rebinding), but it cannot be called by an address.
        """
        found = _HEADER.fullmatch(header)
        if not found or int(found[2] or 0) > _HIGHEST_PORT:
            return False
        name = found[1].strip("[]").lower().rstrip(".")
        return name in self._names or name == server.lower() or is_loopback(name)
