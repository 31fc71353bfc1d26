"""The robots.txt files that one process knows, whichever spider read them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from protego import Protego

from finews.schema.records import ROBOTS_KEPT_FOR, RobotsFile

ASKED_AGAIN_AFTER: Final = timedelta(minutes=5)
"""A file that could not be had is asked for again, by a process that lives on."""


class Rules:
    """What one origin allows until the time comes to read again; everything, where there is no file."""

    def __init__(self, file: RobotsFile | None) -> None:
        self.until = file.fetched_at + ROBOTS_KEPT_FOR if file else datetime.now(UTC) + ASKED_AGAIN_AFTER
        self._parsed = Protego.parse(file.body) if file and file.status == 200 else None

    def allow(self, url: str, user_agent: str) -> bool:
        """True unless the file forbids this address to this user agent."""
        return self._parsed is None or self._parsed.can_fetch(url, user_agent)


@dataclass(kw_only=True)
class RobotsShelf:
    """`known` is what was read before, by origin; `tell` hears of every file that is read now."""

    known: Mapping[str, RobotsFile]
    tell: Callable[[str, RobotsFile], None]
    rules: dict[str, asyncio.Future[Rules]] = field(default_factory=dict)

    def remembered(self, origin: str) -> RobotsFile | None:
        """The file of an origin, if it was read less than `ROBOTS_KEPT_FOR` ago."""
        file = self.known.get(origin)
        return file if file and datetime.now(UTC) - file.fetched_at < ROBOTS_KEPT_FOR else None

    def current(self, origin: str) -> asyncio.Future[Rules] | None:
        """The rules of an origin, or the promise of them; None where they are to be read, also once more."""
        rules = self.rules.get(origin)
        outdated = rules is not None and rules.done() and rules.result().until <= datetime.now(UTC)
        return None if outdated else rules
