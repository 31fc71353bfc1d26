"""The header Retry-After in both its forms (RFC 9110, section 10.2.3)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

LONGEST: Final = 7 * 24 * 3600.0
"""Seconds; a source that asks for more is asked again after a week."""

_SECONDS: Final = re.compile(r"[0-9]{1,18}(?:\.[0-9]{1,9})?")


def retry_after(value: str, now: datetime) -> float | None:
    """Seconds to wait from `now` (aware), between 0 and `LONGEST`; None for a value that says nothing."""
    text = value.strip()
    if _SECONDS.fullmatch(text):
        return min(float(text), LONGEST)
    try:
        moment = parsedate_to_datetime(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return min(max((moment - now).total_seconds(), 0.0), LONGEST)
    except (ValueError, OverflowError, TypeError):
        return None
