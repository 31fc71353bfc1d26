"""What clients asked, for tests and operators to read back."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

# Requests kept to look at; the counts go on beyond it.
_KEPT: Final = 200_000


@dataclass(frozen=True, kw_only=True, slots=True)
class SeenRequest:
    """One request at its arrival.

    ``kind`` is ``text``, ``feeds``, ``page``, ``search``, ``robots`` or ``other``; ``path`` includes a
    ``/~KIND`` prefix; ``at`` is ``time.monotonic()`` of the newsroom's process; ``open_requests`` and
    ``open_on_mirror`` count the requests without an answer yet, this one among them, on all mirrors and on
    its own; ``fault`` is the kind that it suffers.
    """

    mirror: int
    method: str
    path: str
    kind: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    info_code: str | None
    fault: str | None
    at: float
    open_requests: int
    open_on_mirror: int


class RequestLog:
    """Requests in the order of arrival; each method may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: deque[SeenRequest] = deque(maxlen=_KEPT)
        self._counts: Counter[tuple[str, int]] = Counter()
        self._open: Counter[int] = Counter()

    def arrive(
        self,
        *,
        mirror: int,
        method: str,
        path: str,
        kind: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        info_code: str | None,
        fault: str | None,
    ) -> None:
        """Note a request; :meth:`leave` must follow."""
        with self._lock:
            self._open[mirror] += 1
            self._counts[kind, mirror] += 1
            self._seen.append(
                SeenRequest(
                    mirror=mirror,
                    method=method,
                    path=path,
                    kind=kind,
                    query=query,
                    headers=headers,
                    info_code=info_code,
                    fault=fault,
                    at=time.monotonic(),
                    open_requests=sum(self._open.values()),
                    open_on_mirror=self._open[mirror],
                )
            )

    def leave(self, mirror: int) -> None:
        """Note that a request has its answer or is given up."""
        with self._lock:
            self._open[mirror] -= 1

    def seen(self) -> list[SeenRequest]:
        with self._lock:
            return list(self._seen)

    def count(self, kind: str | None, mirror: int | None) -> int:
        with self._lock:
            return sum(
                number
                for (its_kind, its_mirror), number in self._counts.items()
                if kind in (None, its_kind) and mirror in (None, its_mirror)
            )

    def forget(self) -> None:
        with self._lock:
            self._seen.clear()
            self._counts.clear()
