"""The pace of long work: how much is done, how fast it goes, how long the rest will take."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Final

_WINDOW: Final = 60.0
"""Seconds over which the rate is taken: long enough to be calm, short enough to notice a change."""


class Pace:
    """Work of `total` articles that begins now; None where the number is not known."""

    def __init__(self, total: int | None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.total = total
        self.done = 0
        self._marks: deque[tuple[float, int]] = deque([(clock(), 0)])

    def advance(self, done: int) -> None:
        """`done` more have come to their end."""
        now = self._clock()
        self.done += done
        self._marks.append((now, self.done))
        # The newest mark that is older than the window stays: the rate is never taken over less.
        while len(self._marks) > 2 and self._marks[1][0] <= now - _WINDOW:
            self._marks.popleft()

    @property
    def left(self) -> int | None:
        """How many are left."""
        return None if self.total is None else max(0, self.total - self.done)

    @property
    def rate(self) -> float:
        """Articles a second, over the last minute; 0 before there is any."""
        (then, before), now = self._marks[0], self._clock()
        return (self.done - before) / (now - then) if now > then else 0.0

    @property
    def seconds_left(self) -> float | None:
        """How long the rest will take at this rate; None where nobody can know."""
        return self.left / self.rate if self.left is not None and self.rate > 0 else None

    @property
    def words(self) -> str:
        """`1,200 of 3,000, 1,800 left, 8.1 a second, 4 min left`; without what is not known."""
        parts = [f"{self.done:,} of {self.total:,}" if self.total is not None else f"{self.done:,}"]
        if self.left:
            parts.append(f"{self.left:,} left")
        if self.rate > 0:
            parts.append(f"{self.rate:.1f} a second")
        if self.left and self.seconds_left is not None:
            parts.append(f"{in_words(self.seconds_left)} left")
        return ", ".join(parts)


def in_words(seconds: float) -> str:
    """A length of time to two places: `40 s`, `12 min`, `3 h 20 min`, `2 d 4 h`."""
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{round(seconds)} s"
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"
