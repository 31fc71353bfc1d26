"""Times as an operator writes them: a day, a month, a moment, or how long ago; all of them in China time."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from finews.schema.errors import RequestError
from finews.schema.records import CHINA
from finews.spiders.search_range import SECOND, Range, days

EXPECTED = (
    "a day (2026-01-05), a month (2026-01), a moment (2026-01-05T09:30), or how long ago (30m, 2h, 7d, 2w)"
)

_AGO = re.compile(r"([0-9]{1,6})([mhdw])", re.ASCII)
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(?::[0-9]{2})?(?: ?(?:Z|[+-][0-9]{2}:?[0-9]{2}))?",
    re.ASCII,
)


def time_range(text: str, *, now: datetime | None = None) -> Range:
    """The range that `text` names; `7d` ends now, a moment is its second. Raises RequestError, which says what was
    expected.
    """
    now, text = now or datetime.now(CHINA), text.strip()
    try:
        if ago := _AGO.fullmatch(text):
            return Range(since=now - timedelta(**{_UNITS[ago[2]]: int(ago[1])}), until=now)
        if month := _MONTH.fullmatch(text):
            first = datetime(int(month[1]), int(month[2]), 1, tzinfo=CHINA)
            return Range(since=first, until=(first + timedelta(days=31)).replace(day=1))
        if _DAY.fullmatch(text):
            day = date.fromisoformat(text)
            return days(day, day)
        if _MOMENT.fullmatch(text):
            moment = datetime.fromisoformat(text.replace(" +", "+").replace(" -", "-").replace(" Z", "Z"))
            moment = moment if moment.tzinfo else moment.replace(tzinfo=CHINA)
            return Range(since=moment, until=moment + SECOND)
    except (ValueError, OverflowError):
        raise RequestError(f"{text!r} is not in the calendar", advice=f"Expected {EXPECTED}") from None
    raise RequestError(f"{text[:100]!r} is no time", advice=f"Expected {EXPECTED}")


def day_range(
    first: str | None, last: str | None, *, now: datetime | None = None
) -> tuple[date | None, date | None]:
    """The first and the last day of China that two times name, both included; None where a border is not named.

    Of `2026-01` the first counts from its first day, the last to its last; how long ago (`7d`) names one day. Raises
    RequestError, also where the last is before the first.
    """
    now = (now or datetime.now(CHINA)).astimezone(CHINA)
    since = time_range(first, now=now).first.astimezone(CHINA).date() if first else None
    until = None
    if last:
        named = time_range(last, now=now)
        moment = named.first if named.until == now else named.end - SECOND
        until = moment.astimezone(CHINA).date()
    if since and until and until < since:
        raise RequestError(f"the range ends ({until}) before it begins ({since})", advice="Swap the two ends")
    return since, until
