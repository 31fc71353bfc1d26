"""Lengths of time as an operator writes them: `90s`, `30m`, `6h`, `2d`."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def duration(text: str) -> timedelta:
    """The length that a number and a unit name; ValueError for anything else, and for none at all."""
    found = re.fullmatch(r"([0-9]{1,6})\s*([smhd])", text.strip().lower())
    if not found or not int(found[1]):
        raise ValueError("a length of time such as 90s, 30m, 6h or 2d is expected")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})
