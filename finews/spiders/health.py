"""How the mirrors are doing, as one crawl process sees it: whom to ask, whom not to ask yet.

Each mirror has a circuit: closed while it answers, open after so many troubles in a row, and closed again by one
probe that is answered. When every circuit would be open, it is not the mirrors: an outage, in which nobody is
charged and one request at a time finds out whether it is over.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from .heard import MIRROR_PAUSED, Heard, Say
from .mirror_circuit import Circuit, CircuitRules, State

_FIRST_PAUSE: Final = 1.0
"""Seconds from the beginning of an outage to its first probe, doubled with each one that fails …"""
_LONGEST_PAUSE: Final = 10.0
"""… up to this many."""
_PROBE_LASTS: Final = 60.0
"""Seconds after which a probe that was never heard of again is given up."""

Tell = Callable[[str, str, str], None]
"""Takes a mirror, what became of its circuit (`open`, `reopen`, `closed`, `uncharged`, `probe`), a reason."""
TellOutage = Callable[[str | None], None]
"""Takes why every mirror fails at once, or None when one has answered again."""


@dataclass(frozen=True, kw_only=True)
class Cooling:
    """A mirror asked not to be asked before `until` (seconds of a monotonic clock)."""

    until: float
    heard: Heard


@dataclass(kw_only=True)
class _Outage:
    probe_at: float
    failed: int = 0
    probing_until: float = 0.0


class Health:
    """Troubles and wishes of the mirrors. Times are seconds of one monotonic clock.

    With `tell`, a probe waits until the other side has granted it (`hear`); without, time alone grants it.
    """

    def __init__(
        self,
        mirrors: Sequence[str] = (),
        *,
        rules: CircuitRules | None = None,
        tell: Tell | None = None,
        tell_outage: TellOutage = lambda _reason: None,
        paused: Collection[str] = (),
    ) -> None:
        self._rules = rules or CircuitRules()
        self._paused = frozenset(paused)
        # A mirror that nobody asks takes no part in the question whether all of them fail.
        self._circuits = {mirror: Circuit(self._rules) for mirror in mirrors if mirror not in self._paused}
        self._granted_by_others = tell is not None
        self._tell: Tell = _to_nobody if tell is None else tell
        self._tell_outage = tell_outage
        self._cooling: dict[str, Cooling] = {}
        self._outage: _Outage | None = None
        self.answered_at = float("-inf")
        """When a mirror last answered, well or not so well."""
        self.failed_probes = 0
        """Probes of outages that found nobody, so far."""

    @property
    def outage(self) -> bool:
        """Whether every mirror failed at once, and none has answered since."""
        return self._outage is not None

    def is_paused(self, mirror: str) -> bool:
        """Whether an operator wants this mirror left alone."""
        return mirror in self._paused

    def ordered(self, mirrors: Iterable[str]) -> list[str]:
        """The mirrors in their own order; in an outage each in turn comes first."""
        given = list(mirrors)
        turn = self._outage.failed % len(given) if self._outage and given else 0
        return given[turn:] + given[:turn]

    def outage_pause(self, now: float) -> float:
        """Seconds that everybody waits before the next probe of an outage; 0 where there is none."""
        if self._outage is None:
            return 0.0
        if self._outage.probing_until > now:
            return _FIRST_PAUSE
        return max(0.0, self._outage.probe_at - now)

    def may_ask(self, mirror: str, now: float) -> bool:
        """Whether this mirror's circuit lets a request pass."""
        circuit = self._circuit(mirror)
        if circuit.wants_probe(now):
            if self._granted_by_others:
                circuit.wish(now)
                self._tell(mirror, "probe", "")
            else:
                circuit.grant()
        return circuit.lets_pass

    def asks(self, mirror: str, now: float) -> None:
        """A request is about to be sent."""
        self._circuit(mirror).asked(now)
        if self._outage:
            self._outage.probing_until = now + _PROBE_LASTS

    def cooling(self, mirror: str, now: float) -> Cooling | None:
        """The wish that stands in the way of asking this mirror now."""
        wish = self._cooling.get(mirror)
        return wish if wish and wish.until > now else None

    def hear(self, mirror: str, state: str, seconds: float, now: float) -> None:
        """What others know of a mirror's circuit: `open` for so many seconds, `closed`, or ours to `probe`."""
        circuit = self._circuit(mirror)
        match state:
            case "open":
                circuit.open_until(now + seconds, now)
            case "probe":
                circuit.grant()
            case "closed":
                circuit.close()

    def reached(self, now: float) -> None:
        """Somebody answered: our own network is well."""
        self.answered_at = now
        if self._outage:
            self._outage = None
            self._tell_outage(None)

    def note(self, mirror: str, heard: Heard, now: float) -> None:
        """Takes an answer into account."""
        if not heard.sent:
            return
        if heard.wait:
            until = now + heard.wait
            known = self._cooling.get(mirror)
            if known is None or known.until < until:
                self._cooling[mirror] = Cooling(until=until, heard=heard)
        if heard.ill:
            self._note_trouble(mirror, heard.reason, now)
            return
        self.reached(now)
        if self._circuit(mirror).close():
            self._tell(mirror, "closed", "")

    def _note_trouble(self, mirror: str, reason: str, now: float) -> None:
        if self._outage:
            self.failed_probes += 1
            self._outage.failed += 1
            self._outage.probing_until = 0.0
            self._outage.probe_at = now + min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**self._outage.failed)
            return
        circuit = self._circuit(mirror)
        probed = circuit.state is State.PROBING
        if not circuit.trouble(now):
            return
        if all(each.state is not State.CLOSED for each in self._circuits.values()):
            self._begin_outage(mirror, reason, now)
        else:
            self._tell(mirror, "reopen" if probed else "open", reason)

    def _begin_outage(self, last: str, reason: str, now: float) -> None:
        """Every mirror at once: those that fell silent since the last answer of anybody are not to blame."""
        self._outage = _Outage(probe_at=now + _FIRST_PAUSE)
        for mirror, circuit in self._circuits.items():
            if circuit.opened_at >= self.answered_at:
                circuit.uncharge()
                if mirror != last:
                    self._tell(mirror, "uncharged", "")
        self._tell_outage(reason)

    def _circuit(self, mirror: str) -> Circuit:
        return self._circuits.setdefault(mirror, Circuit(self._rules))


def _to_nobody(_mirror: str, _what: str, _reason: str) -> None:
    return


CIRCUIT_OPEN: Final = Heard(say=Say.FAILED, reason="circuit_open", sent=False)
"""A mirror that was not asked, since its circuit is open."""
PAUSED: Final = Heard(say=Say.FAILED, reason=MIRROR_PAUSED, sent=False)
"""A mirror that was not asked, since an operator has paused it."""
MIRRORS_DOWN: Final = Heard(say=Say.FAILED, reason="mirrors_down", sent=False)
"""A mirror that was not asked, since every mirror was failing."""
