"""When a feed's own history says that something is wrong with it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from finews.schema.feed_history import FeedHistory

MINUTE = timedelta(minutes=1)


def read(history: FeedHistory, minutes: int, *, news_every: int, listed: int = 50) -> FeedHistory:
    """A reading a minute; each so-many-th brings news, none where it is 0."""
    for minute in range(1, minutes + 1):
        news = bool(news_every) and minute % news_every == 0
        history = history.after(listed=listed, news=news, since=MINUTE)
    return history


@pytest.fixture(scope="module")
def week() -> FeedHistory:
    """Seven days: news every two minutes by day, none in the eight hours of the night."""
    history = FeedHistory()
    for _ in range(7):
        history = read(read(history, 16 * 60, news_every=2), 8 * 60, news_every=0)
    return read(history, 30, news_every=2)


def test_a_night_is_not_silence(week: FeedHistory) -> None:
    assert not week.silent
    assert not read(week, 9 * 60, news_every=0).silent


def test_far_longer_than_ever_is(week: FeedHistory) -> None:
    assert read(week, 17 * 60, news_every=0).silent


def test_news_end_it(week: FeedHistory) -> None:
    assert not read(read(week, 20 * 60, news_every=0), 1, news_every=1).silent


def test_a_busy_feed_is_flagged_sooner() -> None:
    history = read(FeedHistory(), 3 * 24 * 60, news_every=2)
    assert not read(history, 15, news_every=0).silent
    assert read(history, 25, news_every=0).silent


def test_without_a_history_nothing_is_said() -> None:
    assert not read(FeedHistory(), 600, news_every=0).silent
    assert not read(read(FeedHistory(), 100, news_every=1), 600, news_every=0).silent
    assert not FeedHistory().after(listed=50, news=True, since=timedelta()).thin(0)


def test_time_in_which_nobody_watched_does_not_count() -> None:
    history = read(FeedHistory(), 3 * 24 * 60, news_every=2)
    away = history.after(listed=50, news=False, since=timedelta(days=5))
    assert away.watched - history.watched == timedelta(hours=1)
    back = history.after(listed=50, news=True, since=timedelta(days=5))
    assert back.most_quiet <= timedelta(hours=1, minutes=2)


def test_what_was_long_ago_fades(week: FeedHistory) -> None:
    later = read(week, 28 * 24 * 60, news_every=2)
    assert later.most_quiet < week.most_quiet / 3
    assert later.usual_quiet < week.usual_quiet


def test_half_the_usual_number_is_thin(week: FeedHistory) -> None:
    assert week.usual == pytest.approx(50)
    assert not week.thin(25)
    assert week.thin(24)
    assert read(week, 24 * 60, news_every=2, listed=10).thin(10), "a day of it does not make it usual"
    assert not read(week, 40 * 24 * 60, news_every=2, listed=10).thin(10)
