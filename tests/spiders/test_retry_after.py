"""Retry-After in seconds and as a date."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from finews.spiders.retry_after import LONGEST, retry_after

NOW = datetime(2021, 12, 22, 7, 37, 43, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("0.5", 0.5),
        ("9" * 18, LONGEST),
        ("Wed, 22 Dec 2021 07:38:43 GMT", 60.0),
        ("Wed, 22 Dec 2021 15:38:43 +0800", 60.0),
        ("Wed, 22 Dec 2021 07:38:43", 60.0),
        ("Wed, 22 Dec 2021 07:00:00 GMT", 0.0),
        ("Wed, 22 Dec 9999 07:00:00 GMT", LONGEST),
        ("-1", None),
        ("soon", None),
        ("", None),
        ("９", None),
        ("Wed, 32 Dec 2021 07:00:00 GMT", None),
        pytest.param("9" * 400, None, id="long"),
    ],
)
def test_forms(value: str, expected: float | None) -> None:
    """Both forms of RFC 9110, bounded; nonsense says nothing."""
    assert retry_after(value, NOW) == expected
