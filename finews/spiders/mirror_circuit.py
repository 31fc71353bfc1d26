"""The circuit of one mirror: a small state machine without a clock."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, kw_only=True)
class CircuitRules:
    """`troubles` in a row open a circuit for `pause` seconds, doubled with each failing probe up to `longest`."""

    troubles: int = 5
    pause: float = 30.0
    longest: float = 600.0

    def open_for(self, times: int) -> float:
        """Seconds that a circuit stays open which was opened `times` times in a row, from 1 up."""
        return float(min(self.longest, self.pause * 2 ** min(times - 1, 20)))


class State(StrEnum):
    """`wished`: its time is over, and the right to probe was asked for. `granted`: the next request is the probe."""

    CLOSED = "closed"
    OPEN = "open"
    WISHED = "wished"
    GRANTED = "granted"
    PROBING = "probing"


class Circuit:
    """Times are seconds of one monotonic clock."""

    def __init__(self, rules: CircuitRules) -> None:
        self._rules = rules
        self._troubles = 0
        self._times = 0
        self._until = 0.0
        self.state = State.CLOSED
        self.opened_at = float("-inf")

    @property
    def lets_pass(self) -> bool:
        """Whether a request may be sent now."""
        return self.state in (State.CLOSED, State.GRANTED)

    def wants_probe(self, now: float) -> bool:
        """Whether its time is over, and nobody is finding out how the mirror is."""
        return not self.lets_pass and self._until <= now

    def wish(self, now: float) -> None:
        """The right to probe is asked for; without an answer it is asked for again."""
        self.state = State.WISHED
        self._until = now + self._rules.pause

    def grant(self) -> None:
        """The next request is the probe."""
        if self.state is not State.CLOSED:
            self.state = State.GRANTED

    def asked(self, now: float) -> None:
        """A request is sent; the probe, if one was granted."""
        if self.state is State.GRANTED:
            self.state = State.PROBING
            self._until = now + self._rules.pause

    def trouble(self, now: float) -> bool:
        """The mirror was in trouble; true where that opens the circuit, for the first time or again."""
        self._troubles += 1
        failed_probe = self.state is State.PROBING
        if not failed_probe and not (self.state is State.CLOSED and self._troubles >= self._rules.troubles):
            return False
        self._times += 1
        # What is open since long ago is not opened by a probe that fails.
        self._open(now + self._rules.open_for(self._times), self.opened_at if failed_probe else now)
        return True

    def open_until(self, until: float, now: float) -> None:
        """Others found it open."""
        self._times = max(1, self._times)
        self._open(until, now if self.state is State.CLOSED else self.opened_at)

    def close(self) -> bool:
        """The mirror is well; true where the circuit was not closed before."""
        was_open = self.state is not State.CLOSED
        self.state = State.CLOSED
        self._troubles = self._times = 0
        return was_open

    def uncharge(self) -> None:
        """It was not the mirror's fault."""
        self.close()
        self.opened_at = float("-inf")

    def _open(self, until: float, since: float) -> None:
        self.state = State.OPEN
        self._until = until
        self.opened_at = since
