"""Times as the source writes them."""

from __future__ import annotations

from datetime import datetime

import pytest

from finews.schema.records import CHINA
from finews.spiders.moment import find_moment
from finews.spiders.wire import parse_moment


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2021-12-22 15:37:43", datetime(2021, 12, 22, 15, 37, 43, tzinfo=CHINA)),
        (" 2021-12-22 15:37 ", datetime(2021, 12, 22, 15, 37, tzinfo=CHINA)),
        ("2021-02-29 15:37:43", None),
        ("2021-12-22 24:00:00", None),
        ("0000-12-22 15:37:43", None),
        ("2021-12-22", None),
        ("2021-12-22T15:37:43Z", None),
        ("２０２１-12-22 15:37:43", None),
        ("", None),
    ],
)
def test_feed_and_article_times(text: str, expected: datetime | None) -> None:
    """The contract's form, with or without seconds, on a strict calendar."""
    assert parse_moment(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2021年12月22日 15:37", datetime(2021, 12, 22, 15, 37, tzinfo=CHINA)),
        ("2021年1月2日　9:05", datetime(2021, 1, 2, 9, 5, tzinfo=CHINA)),
        ("发布：2021-12-22 15:37:43 来源", datetime(2021, 12, 22, 15, 37, 43, tzinfo=CHINA)),
        ("2021-13-22 15:37 2021-12-22T15:37:43", datetime(2021, 12, 22, 15, 37, 43, tzinfo=CHINA)),
        ("2021年12月22日", None),
        ("报告期 2021-12-22", None),
    ],
)
def test_times_in_running_text(text: str, expected: datetime | None) -> None:
    """The first that has hour and minute."""
    assert find_moment(text) == expected
