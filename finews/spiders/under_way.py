"""How much of a job is under way in each crawl process."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .child_process import ChildProcess


class UnderWay:
    """How many links each process has, and when there is room for more."""

    def __init__(self, children: Sequence[ChildProcess], *, batch: int) -> None:
        self._links = dict.fromkeys(children, 0)
        self._room = 2 * batch
        self._batch = batch

    @property
    def total(self) -> int:
        """Links that have no result yet."""
        return sum(self._links.values())

    def done(self, child: ChildProcess) -> None:
        """A link of this process has come to its end."""
        self._links[child] -= 1

    def refill(self, supply: Callable[[int], Sequence[str]], job: int) -> bool:
        """Asks for links where a batch or more would find room; false when none came."""
        room = self._room * len(self._links) - self.total
        if self.total and room < self._batch:
            return False
        codes = list(supply(room))
        for child, part in self._dealt(codes).items():
            if part:
                child.send({"do": "codes", "job": job, "codes": part})
                self._links[child] += len(part)
        return bool(codes)

    def _dealt(self, codes: Sequence[str]) -> dict[ChildProcess, list[str]]:
        dealt: dict[ChildProcess, list[str]] = {child: [] for child in self._links}
        for code in codes:
            dealt[min(dealt, key=lambda child: self._links[child] + len(dealt[child]))].append(code)
        return dealt
