"""Faults on demand: which there are, and which request suffers one."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

STATUSES: Final = (403, 404, 410, 429, 500, 502, 503)

# Each kind with the parameters that it takes.
PARAMETERS: Final[Mapping[str, frozenset[str]]] = {
    "drop": frozenset(),
    "stall": frozenset({"seconds"}),
    "drip": frozenset({"interval"}),
    "short_body": frozenset(),
    "bad_gzip": frozenset(),
    **{f"http_{status}": frozenset({"retry_after"}) for status in STATUSES},
    "http_429_date": frozenset({"retry_after"}),
    "login_page": frozenset(),
    "captcha": frozenset(),
    "wrong_article": frozenset({"other"}),
    "gbk": frozenset(),
    "huge": frozenset({"size", "gzip"}),
    "endless": frozenset(),
    "redirect_loop": frozenset(),
    "redirect_away": frozenset({"to"}),
    "html": frozenset(),
    "truncated_json": frozenset(),
    "empty": frozenset(),
    "not_object": frozenset({"value"}),
    "half_fields": frozenset(),
    "no_records": frozenset(),
    "wrong_total": frozenset({"value"}),
}
KINDS: Final = tuple(PARAMETERS)

_NUMBERS: Final = ("seconds", "interval", "retry_after", "size")
_TEXTS: Final = ("to", "other")

PLACES: Final = ("text", "feeds", "page", "search", "robots")


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """One fault and whom it befalls.

    ``kind``       one of :data:`KINDS`
    ``mirror``     only on this mirror, counted from 0
    ``path``       only in this place (``text``, ``feeds``, ``page``, ``search``, ``robots``), or below this
                   path prefix, which starts with ``/``
    ``info_code``  only for requests that name this article
    ``times``      so many times, then never again
    ``every``      only each so-many-th of the requests that it matches
    ``params``     parameters of the kind, see :data:`PARAMETERS`

    ValueError for an unknown kind, place or parameter, or a value that does not fit.
    """

    kind: str
    mirror: int | None = None
    path: str | None = None
    info_code: str | None = None
    times: int | None = None
    every: int = 1
    params: Mapping[str, object] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        if self.kind not in PARAMETERS:
            raise ValueError(f"the faults are {', '.join(KINDS)}, not {self.kind!r}")
        if self.path is not None and not self.path.startswith("/") and self.path not in PLACES:
            raise ValueError(f"a path starts with / or is one of {', '.join(PLACES)}, not {self.path!r}")
        if self.every < 1 or (self.times is not None and self.times < 1):
            raise ValueError("times and every count from 1")
        if strange := sorted(set(self.params) - PARAMETERS[self.kind]):
            raise ValueError(f"{self.kind} does not take {', '.join(strange)}")
        for name, value in self.params.items():
            if name in _NUMBERS and (not isinstance(value, int | float) or value < 0):
                raise ValueError(f"{name} is a number from 0, not {value!r}")
            if name in _TEXTS and not isinstance(value, str):
                raise ValueError(f"{name} is a text, not {value!r}")

    def matches(self, *, mirror: int, place: str, path: str, info_code: str | None) -> bool:
        """Whether it concerns such a request at all; ``path`` is without a ``/~KIND`` prefix."""
        return (
            self.mirror in (None, mirror)
            and self.info_code in (None, info_code)
            and (
                self.path is None
                or self.path == place
                or (self.path.startswith("/") and path.startswith(self.path))
            )
        )


class FaultBoard:
    """The faults set at the moment, the first set going first; any thread may call."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._set: list[_Counted] = []

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._set.append(_Counted(fault))

    def clear(self) -> None:
        with self._lock:
            self._set.clear()

    def take(self, *, mirror: int, place: str, path: str, info_code: str | None) -> Fault | None:
        """The fault that this request suffers, which is counted as suffered."""
        if not self._set:
            return None
        with self._lock:
            for counted in self._set:
                if counted.fault.matches(mirror=mirror, place=place, path=path, info_code=info_code):
                    counted.matched += 1
                    if counted.matched % counted.fault.every == 0:
                        counted.suffered += 1
                        if counted.fault.times == counted.suffered:
                            self._set.remove(counted)
                        return counted.fault
        return None


@dataclass(slots=True, eq=False)
class _Counted:
    fault: Fault
    matched: int = 0
    suffered: int = 0
