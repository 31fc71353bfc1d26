"""Times as an operator writes them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from finews.flows.time_range import time_range
from finews.schema.errors import RequestError
from finews.schema.records import CHINA

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=CHINA)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026-01-05", "2026-01-05T00:00+08:00", "2026-01-06T00:00+08:00"),
        ("2026-01", "2026-01-01T00:00+08:00", "2026-02-01T00:00+08:00"),
        ("2024-02", "2024-02-01T00:00+08:00", "2024-03-01T00:00+08:00"),
        ("2025-12", "2025-12-01T00:00+08:00", "2026-01-01T00:00+08:00"),
        ("2026-01-05 09:30", "2026-01-05T09:30+08:00", "2026-01-05T09:30:01+08:00"),
        ("2026-01-05T09:30:15", "2026-01-05T09:30:15+08:00", "2026-01-05T09:30:16+08:00"),
        ("2026-01-05T09:30Z", "2026-01-05T17:30+08:00", "2026-01-05T17:30:01+08:00"),
        ("2026-01-05 09:30 +0000", "2026-01-05T17:30+08:00", "2026-01-05T17:30:01+08:00"),
        ("30m", "2026-03-10T11:30+08:00", "2026-03-10T12:00+08:00"),
        ("2h", "2026-03-10T10:00+08:00", "2026-03-10T12:00+08:00"),
        (" 7d ", "2026-03-03T12:00+08:00", "2026-03-10T12:00+08:00"),
        ("2w", "2026-02-24T12:00+08:00", "2026-03-10T12:00+08:00"),
    ],
)
def test_each_way_to_write_a_time(text: str, start: str, end: str) -> None:
    found = time_range(text, now=NOW)
    assert (found.first, found.end) == (datetime.fromisoformat(start), datetime.fromisoformat(end))


def test_now_is_now() -> None:
    before = datetime.now(UTC)
    assert before <= time_range("1h").end <= datetime.now(UTC)


@pytest.mark.parametrize("text", ["2026-02-30", "2026-13", "0000-01-01", "2026-01-05T25:00", "999999w"])
def test_what_is_not_in_the_calendar(text: str) -> None:
    with pytest.raises(RequestError, match=r"not in the calendar.*Expected a day"):
        time_range(text, now=NOW)


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026", "2026-1-5", "5", "7 d", "-3d", "２h", "9999999d", "7y"]
)
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(RequestError, match=r"is no time.*Expected a day"):
        time_range(text, now=NOW)
