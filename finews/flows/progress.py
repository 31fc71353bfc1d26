"""Progress of long work: a bar on a terminal, plain lines elsewhere, always on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from finews.flows.pace import Pace

_SECONDS_BETWEEN_LINES = 5.0


class Progress(Protocol):
    """What a use case tells of its progress."""

    def begin(self, what: str, total: int | None) -> None:
        """A stage begins; `total` is its number of articles where that is known."""

    def advance(self, done: int) -> None:
        """`done` more articles came to their end."""

    def say(self, line: str) -> None:
        """One line for the operator."""


class Silent:
    """No progress at all: for callers that have a console of their own."""

    def begin(self, what: str, total: int | None) -> None:
        """Nothing."""

    def advance(self, done: int) -> None:
        """Nothing."""

    def say(self, line: str) -> None:
        """Nothing."""


class PlainLines:
    """A line when a stage begins, every five seconds, and when it is done."""

    def __init__(self) -> None:
        self._what, self._pace, self._last = "", Pace(None), 0.0

    def begin(self, what: str, total: int | None) -> None:
        """Prints what begins."""
        self._what, self._pace, self._last = what, Pace(total or None), time.monotonic()
        self.say(f"{what}: {total} articles" if total else what)

    def advance(self, done: int) -> None:
        """Prints the count where the last line is old enough, or the stage is done."""
        self._pace.advance(done)
        finished = self._pace.left == 0
        if finished or time.monotonic() - self._last > _SECONDS_BETWEEN_LINES:
            self._last = time.monotonic()
            self.say(f"{self._what}: {self._pace.words}")

    def say(self, line: str) -> None:
        """Prints the line."""
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


@contextmanager
def shown_progress(*, quiet: bool = False) -> Iterator[Progress]:
    """The progress that fits where standard error goes."""
    if quiet:
        yield Silent()
    elif not sys.stderr.isatty():
        yield PlainLines()
    else:
        with _bar() as bar:
            yield bar


@contextmanager
def _bar() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as RichProgress

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[pace]}"),
    )
    with RichProgress(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as display:

        class Bar:
            def __init__(self) -> None:
                self._pace = Pace(None)
                self._task = display.add_task("starting", total=None, pace="")

            def begin(self, what: str, total: int | None) -> None:
                self._pace = Pace(total)
                display.reset(self._task, description=what, total=total, pace="")

            def advance(self, done: int) -> None:
                self._pace.advance(done)
                display.update(self._task, advance=done, pace=self._pace.words)

            def say(self, line: str) -> None:
                display.console.print(line, highlight=False, markup=False)

        yield Bar()
