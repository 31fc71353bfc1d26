"""A list of infoCodes in eight bytes each, where a string takes seventy: lists may have hundreds of thousands."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import overload


class CodeList(Sequence[str]):
    """InfoCodes (`NW` and 18 digits) in their order; each is made anew when it is asked for."""

    __slots__ = ("_numbers",)

    def __init__(self, codes: Iterable[str]) -> None:
        # Eighteen digits are less than 2^60.
        self._numbers = array("Q", (int(code[2:]) for code in codes))

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return [_code(number) for number in self._numbers[place]]
        return _code(self._numbers[place])

    def __iter__(self) -> Iterator[str]:
        return map(_code, self._numbers)

    def __eq__(self, other: object) -> bool:
        return self._numbers == other._numbers if isinstance(other, CodeList) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._numbers.tobytes())

    def __repr__(self) -> str:
        return f"CodeList({len(self)} codes)"


def _code(number: int) -> str:
    return f"NW{number:018}"
