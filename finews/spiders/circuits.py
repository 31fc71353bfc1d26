"""The circuits of the mirrors as the crawl's parent sees them: kept for all processes, told to all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from .child_process import ChildProcess


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


def relay(
    message: Mapping[str, Any],
    sender: ChildProcess,
    children: Sequence[ChildProcess],
    keeper: CircuitKeeper | None,
) -> None:
    """Takes what a crawl process says of a circuit to the keeper, and the keeper's word to the processes.

    Without a keeper each process goes by what it sees itself.
    """
    mirror, what = message["mirror"], message["what"]
    if keeper is None:
        if what == "probe":
            _tell([sender], mirror, "probe")
        return
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
