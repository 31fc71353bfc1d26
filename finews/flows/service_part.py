"""A part of the service: a program on a leash that is started again when it dies, later each time."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from finews.flows.leashed import Leashed

_LONGEST_PAUSE: Final = 60.0
_STEADY: Final = 120.0
"""Seconds after which a part that dies is taken to have been well: its pauses begin anew."""


class Part:
    """A program by its name. `start`, then `look` now and then, then `end`."""

    def __init__(
        self,
        name: str,
        program: Sequence[str],
        *,
        environment: Mapping[str, str],
        logs: Path,
        grace: float,
        children_first: bool = False,
        kept: Sequence[int] = (),
    ) -> None:
        self.name = name
        self.log = logs / f"{name}.log"
        self._program, self._environment = program, environment
        self._grace, self._children_first, self._kept = grace, children_first, kept
        self._leashed: Leashed | None = None
        self._began = self._next = 0.0
        self._failures = 0

    @property
    def alive(self) -> bool:
        """Whether the program runs."""
        return self._leashed is not None and self._leashed.ended is None

    def start(self) -> None:
        """Starts the program."""
        self._began = time.monotonic()
        self._leashed = Leashed(
            self._program,
            environment=self._environment,
            log=self.log,
            grace=self._grace,
            children_first=self._children_first,
            kept=self._kept,
        )

    def look(self) -> str:
        """Starts the program again where it died and its pause is over; returns words where something happened."""
        if self.alive:
            return ""
        now = time.monotonic()
        if self._leashed is None:
            if now < self._next:
                return ""
            self.start()
            return f"{self.name} is started again"
        status = self._leashed.ended
        self._leashed.clear()
        self._leashed = None
        self._failures = 1 if now - self._began > _STEADY else self._failures + 1
        pause = min(_LONGEST_PAUSE, 2.0 ** (self._failures - 1))
        self._next = now + pause
        return f"{self.name} ended with {status}, again in {pause:g} s; its log is {self.log}"

    def ask(self) -> None:
        """Asks the program to end."""
        if self._leashed:
            self._leashed.ask()

    def end(self) -> None:
        """Ends the program and all that it started, in bounded time."""
        if self._leashed:
            self._leashed.end()
            self._leashed = None
