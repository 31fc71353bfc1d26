"""What a run says is kept for its page: stages, lines and warnings, written seldom and never waited for."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from finews.flows.pace import Pace
from finews.flows.progress import Progress
from finews.schema.database import Database
from finews.schema.errors import FinewsError
from finews.schema.run_lines import Level, RunLine, add_lines, drop_old_lines

_BETWEEN_WRITES: Final = 5.0
"""Seconds: a short run writes its lines with its end, in the same transaction."""
_BETWEEN_COUNTS: Final = 30.0
"""Seconds between two lines that only say how far a stage has come."""
_AT_ONCE: Final = timedelta(seconds=1)
_MOST_HELD: Final = 1000
"""Lines that wait for a database that is away; of more the oldest are let go."""
_LONGEST: Final = 2000
_OTHERS: Final = ("prefect", "psycopg")
"""Loggers whose words are kept, or said better, elsewhere."""


class RunLog:
    """Tells `shown` all, and keeps for the run that is under way what an operator would have read."""

    def __init__(self, shown: Progress, database: Database) -> None:
        self._shown, self._database = shown, database
        self._run: int | None = None
        self._opening, self._began = "", datetime.now(UTC)
        self._number = 0
        self._held: list[RunLine] = []
        self._lock = threading.Lock()
        self._written = 0.0
        self._what, self._pace, self._counted = "", Pace(None), 0.0

    @contextmanager
    def kept_for(self, run: int, *, opening: str = "") -> Iterator[None]:
        """Keeps what is said in the block, warnings of any module included; `opening` is what every such run says."""
        self._run, self._number, self._held = run, 0, []
        self._opening, self._began = opening, datetime.now(UTC)
        self._written = time.monotonic()
        handler = _Warnings(self)
        logging.getLogger().addHandler(handler)
        try:
            yield
        finally:
            logging.getLogger().removeHandler(handler)
            self._run = None

    @property
    def says_no_more(self) -> bool:
        """Whether nothing waits to be written but what every such run says as it begins."""
        held = list(self._held)
        return not held or (
            len(held) == 1
            and (held[0].number, held[0].line) == (1, self._opening)
            and held[0].at - self._began < _AT_ONCE
        )

    def write(self, connection: Any) -> None:
        """Writes what is held into the caller's transaction; told again where that comes to nothing."""
        if self._run is not None:
            add_lines(connection, self._run, list(self._held))

    def let_go(self) -> None:
        """Takes away some lines of former runs that are too old."""
        with suppress(FinewsError), self._database.transaction(wait=1) as connection:
            drop_old_lines(connection)

    def keep(self, level: Level, line: str) -> None:
        """Holds a line for the run that is under way, if any is."""
        if self._run is None:
            return
        # PostgreSQL keeps no NUL, and half a character is none.
        text = line.replace("\0", "").encode("utf-8", "replace").decode()[:_LONGEST]
        with self._lock:
            self._number += 1
            self._held.append(RunLine(number=self._number, at=datetime.now(UTC), level=level, line=text))
            del self._held[:-_MOST_HELD]

    def begin(self, what: str, total: int | None) -> None:
        """A stage begins; it is a line."""
        self._shown.begin(what, total)
        self._what, self._pace, self._counted = what, Pace(total or None), time.monotonic()
        self.keep("info", f"{what}: {total} articles" if total else what)
        self._write_now_and_then()

    def advance(self, done: int) -> None:
        """`done` more articles came to their end; a line now and then, and when the stage is done."""
        self._shown.advance(done)
        self._pace.advance(done)
        now = time.monotonic()
        if self._pace.left == 0 or now - self._counted > _BETWEEN_COUNTS:
            self._counted = now
            self.keep("info", f"{self._what}: {self._pace.words}")
        self._write_now_and_then()

    def say(self, line: str) -> None:
        """One line for the operator."""
        self._shown.say(line)
        self.keep("info", line)

    def _write_now_and_then(self) -> None:
        now = time.monotonic()
        if self._run is None or not self._held or now - self._written < _BETWEEN_WRITES:
            return
        self._written = now
        held = list(self._held)
        # What is not written now is written later; the work does not wait for it.
        with suppress(FinewsError):
            with self._database.transaction(wait=0.5) as connection:
                add_lines(connection, self._run, held)
            with self._lock:
                self._held = [each for each in self._held if each.number > held[-1].number]


class _Warnings(logging.Handler):
    def __init__(self, log: RunLog) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.startswith(_OTHERS):
            return
        level: Level = "error" if record.levelno >= logging.ERROR else "warning"
        try:
            self._log.keep(level, f"{record.name}: {record.getMessage()}")
        except (TypeError, ValueError):
            self.handleError(record)
