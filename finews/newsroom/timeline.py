"""Articles in the order of time, with new ones mostly at the end."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator

Key = tuple[str, str]


class Timeline:
    """A sorted set of ``(moment, infoCode)`` keys that answers "the newest so many"."""

    def __init__(self, keys: Iterable[Key] = ()) -> None:
        self._keys = sorted(keys)

    def __len__(self) -> int:
        return len(self._keys)

    def add(self, key: Key) -> None:
        if not self._keys or key > self._keys[-1]:
            self._keys.append(key)
        else:
            insort(self._keys, key)

    def discard(self, key: Key) -> None:
        place = bisect_left(self._keys, key)
        if place < len(self._keys) and self._keys[place] == key:
            del self._keys[place]

    def newest_first(self, start: int = 0, stop: int | None = None) -> list[str]:
        """InfoCodes from place ``start`` up to ``stop``, place 0 being the newest."""
        size = len(self._keys)
        low = 0 if stop is None else max(size - stop, 0)
        return [code for _, code in reversed(self._keys[low : max(size - start, 0)])]

    def __iter__(self) -> Iterator[str]:
        """InfoCodes, the newest first."""
        return (code for _, code in reversed(self._keys))
