"""What a series of samples says: whether memory grew, whether files or connections were left open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from tests.soak.gauge import Sample

MOST_GROWTH: Final = 1.10
SHORTEST: Final = 600.0
"""Seconds of a soak from which on memory is judged: a process that is still warming up grows without a leak."""
SHORTEST_FOR_OPEN: Final = 60.0
"""Seconds of a soak from which on open files and connections are judged: those to mirrors are kept alive for a while,
and in a window of two seconds a run's connection may be open all the time."""
_FULL: Final = 1200.0


@dataclass(frozen=True, kw_only=True)
class Windows:
    """Two stretches of time that are compared, in seconds since the soak began.

    `settled`: whether the first begins late enough that what grows since then is no warming up.
    """

    base: tuple[float, float]
    end: tuple[float, float]
    settled: bool

    @classmethod
    def of(cls, seconds: float) -> Windows:
        """Minute 5 to 6 against the last of twenty; of another length the same parts, from a quarter on."""
        base, wide = (300.0, 60.0) if seconds >= _FULL else (seconds / 4, seconds / 20)
        wide = max(wide, min(5.0, seconds / 4))
        return cls(base=(base, base + wide), end=(seconds - wide, seconds), settled=seconds >= SHORTEST)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Of one process or family. Memory in bytes, medians of the two windows; of files and connections the least.

    A request or a statement under way opens something for its time, so the least number of a window is what is
    open for good. `broken` says which limits are broken, in words.
    """

    name: str
    memory: tuple[float, float]
    files: tuple[int, int]
    files_ever: tuple[int, int]
    connections: tuple[int, int]
    broken: tuple[str, ...]

    @property
    def ratio(self) -> float:
        """Memory at the end by memory at the base."""
        return self.memory[1] / self.memory[0]


def judged(
    name: str, samples: Sequence[Sample], windows: Windows, *, keeps_files: bool = False
) -> Verdict | None:
    """The verdict; None where a window holds no sample.

    `keeps_files`: they are kept open once they were used, as PostgreSQL does with its tables; while it warms up
    their number is not judged either.
    """
    base, end = _within(samples, windows.base), _within(samples, windows.end)
    if not base or not end:
        return None
    memory = (median(each.memory for each in base), median(each.memory for each in end))
    files = (min(each.files for each in base), min(each.files for each in end))
    connections = (min(each.connections for each in base), min(each.connections for each in end))
    broken = []
    if windows.settled and memory[1] > memory[0] * MOST_GROWTH:
        broken.append(f"{name}: memory grew by {memory[1] / memory[0] - 1:.0%}, at most 10 % are allowed")
    judged_open = windows.end[1] >= SHORTEST_FOR_OPEN
    if judged_open and (windows.settled or not keeps_files) and files[1] > files[0]:
        broken.append(f"{name}: {files[1]} files are open for good, {files[0]} were")
    if judged_open and connections[1] > connections[0]:
        broken.append(f"{name}: {connections[1]} connections are open for good, {connections[0]} were")
    return Verdict(
        name=name,
        memory=memory,
        files=files,
        files_ever=(min(each.files for each in samples), max(each.files for each in samples)),
        connections=connections,
        broken=tuple(broken),
    )


def _within(samples: Sequence[Sample], window: tuple[float, float]) -> list[Sample]:
    return [each for each in samples if window[0] <= each.at < window[1]]
