"""The circuits of the mirrors as the crawl's parent sees them: kept for all processes, told to all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Any, Protocol

from .child_process import ChildProcess
from .mirror_circuit import CircuitRules


class CircuitKeeper(Protocol):
    """Where the circuits are kept between crawls, and shared with others; a mirror is named by its base address."""

    def opened(self, mirror: str, reason: str, *, probed: bool) -> float:
        """It failed too often, or its probe did; returns the seconds until the next probe."""

    def closed(self, mirror: str) -> None:
        """It answered."""

    def uncharged(self, mirror: str) -> None:
        """It was opened, and every other mirror failed as well: take it back."""

    def probe(self, mirror: str) -> float | None:
        """Asks for the one probe: 0 where it is ours, else the seconds to wait, None where it is closed by now."""


class OwnCircuits:
    """A keeper for one crawl alone."""

    def __init__(self, rules: CircuitRules | None = None) -> None:
        self._rules = rules or CircuitRules()
        self._open: dict[str, tuple[int, float]] = {}

    def opened(self, mirror: str, reason: str, *, probed: bool) -> float:  # noqa: ARG002
        """See CircuitKeeper."""
        times, until = self._open.get(mirror, (0, 0.0))
        if probed or not times:
            times, until = times + 1, monotonic() + self._rules.open_for(times + 1)
            self._open[mirror] = times, until
        return max(0.0, until - monotonic())

    def closed(self, mirror: str) -> None:
        """See CircuitKeeper."""
        self._open.pop(mirror, None)

    def uncharged(self, mirror: str) -> None:
        """See CircuitKeeper."""
        self._open.pop(mirror, None)

    def probe(self, mirror: str) -> float | None:
        """See CircuitKeeper."""
        if mirror not in self._open:
            return None
        times, until = self._open[mirror]
        left = until - monotonic()
        if left > 0:
            return left
        self._open[mirror] = times, monotonic() + self._rules.pause
        return 0.0


def relay(
    message: Mapping[str, Any], sender: ChildProcess, children: Sequence[ChildProcess], keeper: CircuitKeeper
) -> None:
    """Takes what a crawl process says of a circuit to the keeper, and the keeper's word to the processes."""
    mirror, what = message["mirror"], message["what"]
    others = [child for child in children if child is not sender]
    match what:
        case "open" | "reopen":
            seconds = keeper.opened(mirror, message["reason"], probed=what == "reopen")
            _tell(children, mirror, "open", seconds)
        case "closed":
            keeper.closed(mirror)
            _tell(others, mirror, "closed")
        case "uncharged":
            keeper.uncharged(mirror)
            _tell(others, mirror, "closed")
        case "probe":
            wait = keeper.probe(mirror)
            if wait is None:
                _tell([sender], mirror, "closed")
            else:
                _tell([sender], mirror, "open" if wait else "probe", wait)


def _tell(children: Sequence[ChildProcess], mirror: str, state: str, seconds: float = 0.0) -> None:
    for child in children:
        child.send({"do": "circuit", "mirror": mirror, "state": state, "seconds": seconds})
