"""Ranges of days, and ranges that touch."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finews.schema.records import CHINA, midnight
from finews.spiders.search_range import Range, days, disjoint

ZERO = datetime(2026, 3, 9, tzinfo=CHINA)
SECOND = timedelta(seconds=1)
NUMBERS = st.one_of(st.none(), st.integers(0, 30))


def numbered(since: int | None, until: int | None) -> Range:
    """A range in seconds after ZERO."""
    return Range(
        since=None if since is None else ZERO + since * SECOND,
        until=None if until is None else ZERO + until * SECOND,
    )


def test_days() -> None:
    """From midnight to midnight in China, both days included."""
    whole = days(date(2026, 2, 28), date(2026, 3, 1))
    first, last = datetime(2026, 2, 28, tzinfo=CHINA), datetime(2026, 3, 1, 23, 59, 59, tzinfo=CHINA)
    assert whole.holds(first)
    assert whole.holds(first.astimezone(UTC))
    assert not whole.holds(first - SECOND)
    assert whole.holds(last)
    assert not whole.holds(last + SECOND)


def test_open_days() -> None:
    """Either border may be missing, and the last day there is has no next one."""
    assert days(None, None) == Range()
    assert days(None, date(2026, 3, 8)) == Range(until=ZERO)
    assert days(date(2026, 3, 9), None) == Range(since=ZERO)
    assert days(date(2026, 3, 9), date.max) == Range(since=ZERO)
    assert midnight(date.min).tzinfo is CHINA


def test_impossible_ranges() -> None:
    """Empty, backwards, naive."""
    with pytest.raises(ValueError, match="begins before it ends"):
        days(date(2026, 3, 9), date(2026, 3, 8))
    with pytest.raises(ValueError, match="begins before it ends"):
        Range(since=ZERO, until=ZERO)
    with pytest.raises(ValueError, match="naive"):
        Range(since=datetime(2026, 3, 9))  # noqa: DTZ001 - that is the point


@given(st.lists(st.tuples(NUMBERS, NUMBERS), max_size=6))
def test_disjoint(borders: list[tuple[int | None, int | None]]) -> None:
    """The same moments, newest first, and none of them touch."""
    ranges = [numbered(one, two) for one, two in borders if one is None or two is None or one < two]
    joined = disjoint(ranges)
    for second in range(-1, 32):
        moment = ZERO + second * SECOND
        assert sum(each.holds(moment) for each in joined) == any(each.holds(moment) for each in ranges)
    assert all(one.first > other.end for one, other in pairwise(joined))


@given(st.tuples(NUMBERS, NUMBERS), st.integers(0, 30), st.integers(0, 30))
def test_part(borders: tuple[int | None, int | None], first: int, end: int) -> None:
    """What two stretches have in common."""
    one, two = borders
    if one is not None and two is not None and one >= two:
        return
    whole = numbered(one, two)
    part = whole.part(ZERO + first * SECOND, ZERO + end * SECOND)
    for second in range(-1, 32):
        moment = ZERO + second * SECOND
        assert (part is not None and part.holds(moment)) == (whole.holds(moment) and first <= second < end)
