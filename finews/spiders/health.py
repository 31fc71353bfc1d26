"""How the mirrors are doing, as one crawl process sees it: whom to ask first, whom not to ask yet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from .heard import Heard, Say

TOO_MANY: Final = 5
"""So many troubles in a row put a mirror last …"""
PUT_LAST_FOR: Final = 30.0
"""… for so many seconds."""


@dataclass(frozen=True, kw_only=True)
class Cooling:
    """A mirror asked not to be asked before `until` (seconds of a monotonic clock)."""

    until: float
    heard: Heard


class Health:
    """Troubles and wishes of the mirrors. Times are seconds of one monotonic clock."""

    def __init__(self) -> None:
        self._troubles: dict[str, int] = {}
        self._last_until: dict[str, float] = {}
        self._cooling: dict[str, Cooling] = {}

    def ordered(self, mirrors: Iterable[str], now: float) -> list[str]:
        """The mirrors in their own order, those in trouble last."""
        return sorted(mirrors, key=lambda mirror: self._last_until.get(mirror, now) > now)

    def cooling(self, mirror: str, now: float) -> Cooling | None:
        """The wish that stands in the way of asking this mirror now."""
        wish = self._cooling.get(mirror)
        return wish if wish and wish.until > now else None

    def note(self, mirror: str, heard: Heard, now: float) -> None:
        """Takes an answer into account."""
        if not heard.sent:
            return
        if heard.wait:
            until = now + heard.wait
            known = self._cooling.get(mirror)
            if known is None or known.until < until:
                self._cooling[mirror] = Cooling(until=until, heard=heard)
        if not heard.ill:
            self._troubles.pop(mirror, None)
            if heard.say is Say.GOOD:
                self._last_until.pop(mirror, None)
            return
        self._troubles[mirror] = self._troubles.get(mirror, 0) + 1
        if self._troubles[mirror] >= TOO_MANY:
            self._last_until[mirror] = now + PUT_LAST_FOR
