"""Progress as an artifact of the flow run, beside whatever else shows it."""

from __future__ import annotations

import time
from typing import Final
from uuid import UUID

import httpx
from prefect.artifacts import create_progress_artifact, update_progress_artifact
from prefect.exceptions import PrefectException

from finews.flows.pace import Pace
from finews.flows.progress import Progress

_BETWEEN_UPDATES: Final = 5.0
"""Seconds between two words to the server."""


class Artifact:
    """Tells `shown` all, and the server now and then how far the stage has come that has a number of articles.

    A server that does not hear it is no trouble: the work goes on.
    """

    def __init__(self, shown: Progress) -> None:
        self._shown = shown
        self._what = ""
        self._pace = Pace(None)
        self._artifact: UUID | None = None
        self._last = 0.0

    def begin(self, what: str, total: int | None) -> None:
        """A stage begins; one whose number is known gets an artifact."""
        self._shown.begin(what, total)
        self._what, self._pace, self._artifact = what, Pace(total), None
        if total:
            self._tell()

    def advance(self, done: int) -> None:
        """`done` more articles came to their end."""
        self._shown.advance(done)
        self._pace.advance(done)
        if self._pace.total and (self._pace.left == 0 or time.monotonic() - self._last > _BETWEEN_UPDATES):
            self._tell()

    def say(self, line: str) -> None:
        """One line for the operator."""
        self._shown.say(line)

    def _tell(self) -> None:
        self._last = time.monotonic()
        total = self._pace.total or 1
        progress, words = min(100.0, 100 * self._pace.done / total), f"{self._what}: {self._pace.words}"
        try:
            if self._artifact is None:
                made = create_progress_artifact(progress, description=words)
                assert isinstance(made, UUID), "outside of a coroutine it is there at once"
                self._artifact = made
            else:
                update_progress_artifact(self._artifact, progress, description=words)
        except (httpx.HTTPError, PrefectException):
            return
