"""Nights by a clock of our own: what fires, what is gathered, and that a bad one is three messages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finews.flows.alert_conditions import (
    BACKLOG_OLD,
    DISK_LOW,
    FEED_FAILING,
    FEED_SILENT,
    KINDS,
    MIRROR_OPEN,
    POLL_LATE,
    QUARANTINE_RISING,
    Room,
    Snapshot,
    Thresholds,
    conditions,
)
from finews.flows.alert_message import FIRST_STEPS
from finews.flows.alert_watch import Patience, checked
from finews.schema.alert_records import Condition, Message, Watch
from finews.schema.feed_records import FeedState
from finews.schema.mirrors import MirrorState
from finews.schema.settings import Settings

EVENING = datetime(2026, 3, 10, 22, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
LIMITS = Thresholds.of(Settings.load())
PATIENCE = Patience.of(Settings.load())
GIB = 2**30

Amiss = Callable[[datetime], Iterable[Condition]]


def told(
    amiss: Amiss, *, hours: float, heard: Callable[[datetime], bool] = lambda _: True
) -> list[tuple[int, Message]]:
    """(minute, message) of what a check every minute has to tell, from the evening on."""
    watch, messages = Watch(), []
    for minute in range(int(hours * 60)):
        now = EVENING + minute * MINUTE
        watch, message = checked(watch, amiss(now), now=now, patience=PATIENCE, heard=heard(now))
        if message:
            messages.append((minute, message))
    return messages


def between(kind: str, *spans: tuple[float, float], subject: str = "x") -> Amiss:
    """A condition that holds in these spans of minutes from the evening on."""

    def amiss(now: datetime) -> Iterable[Condition]:
        minute = (now - EVENING) / MINUTE
        if any(begin <= minute < end for begin, end in spans):
            yield Condition(kind=kind, subject=subject, what=f"{kind} of {subject}")

    return amiss


def together(*parts: Amiss) -> Amiss:
    """All of them."""
    return lambda now: [each for part in parts for each in part(now)]


def feed(name: str = "37", **more: object) -> FeedState:
    """A feed that was read a minute ago."""
    given: dict[str, object] = {
        "last_success": EVENING - MINUTE,
        "last_error": None,
        "failures": 0,
        "next_poll": EVENING,
        "listed": 50,
        "discovered": 0,
    }
    return FeedState(name=name, **{**given, **more})  # type: ignore[arg-type]


def bad_night(now: datetime) -> Snapshot:
    """A mirror goes at one, all feeds soon after, more goes wrong at half past three; six ends it."""
    at = (now - EVENING) / HOUR - 3
    bad = 0 <= at < 5
    failing = 0.33 <= at < 5
    return Snapshot(
        now=now,
        feeds=tuple(
            feed(
                name,
                next_poll=now,
                last_success=EVENING + 3.33 * HOUR if failing else now,
                failures=int((at - 0.33) * 60) if failing else 0,
                last_error="http_502",
            )
            for name in ("rolling", "headlines", "37", "38", "39")
        ),
        mirrors=(
            # Its circuit closes for some minutes now and then: an answer of any kind closes it.
            MirrorState(
                base="http://mirror.example",
                opened=int(bad and int(at * 60) % 20 > 4),
                opened_at=now,
                last_error="timeout",
            ),
        ),
        oldest_due=EVENING + 3 * HOUR if bad else None,
        quarantined=40 if 2.5 <= at < 5 else 2,
        rooms=(Room(folder=Path("/data"), free=GIB if 3 <= at < 5 and int(at * 60) % 7 else 9 * GIB),),
    )


def test_a_bad_night_is_three_messages() -> None:
    messages = told(lambda now: conditions(bad_night(now), LIMITS), hours=14)
    titles = [message.title for _, message in messages]
    assert titles == [
        "finews: mirror open-circuit",
        "finews: more trouble: feed failing (5), backlog old",
        "finews: all clear",
    ]
    first, second, last = (message.body for _, message in messages)
    assert "http://mirror.example is not asked any more (timeout)" in first
    assert f"First: {FIRST_STEPS[MIRROR_OPEN]}." in first
    assert "feed rolling failed" in second
    assert second.count("First:") == 2, "one for the five feeds, one for the backlog"
    assert "Still:\n- mirror http://mirror.example" in second
    # What was gathered for a message that the night was too short for is told with the rest.
    for words in ("mirror", "feed 39", "waited", "went into quarantine", "GiB are free"):
        assert words in last, last


@pytest.mark.parametrize(
    ("spans", "titles"),
    [
        ([(0, 4)], []),
        ([(0, 4), (5, 9), (10, 14)], []),
        ([(0, 60)], ["finews: disk low", "finews: all clear"]),
        # Well for less than a quarter of an hour is not over.
        ([(0, 20), (30, 50), (60, 80)], ["finews: disk low", "finews: all clear"]),
    ],
)
def test_what_comes_and_goes(spans: list[tuple[float, float]], titles: list[str]) -> None:
    messages = told(between(DISK_LOW, *spans), hours=6)
    assert [message.title for _, message in messages] == titles


def test_a_condition_fires_after_minutes_and_clears_after_minutes() -> None:
    (fired, _), (cleared, _) = told(between(DISK_LOW, (10, 60)), hours=4)
    assert fired == 10 + 5
    assert cleared == 60 + 15


def test_what_lasts_is_told_again_after_hours_with_what_came_later() -> None:
    amiss = together(
        between(DISK_LOW, (0, 2000)), between(POLL_LATE, (10, 2000)), between(BACKLOG_OLD, (60, 2000))
    )
    messages = told(amiss, hours=20)
    assert [minute for minute, _ in messages] == [5, 35, 35 + 480, 35 + 960]
    _, second, third, fourth = (message for _, message in messages)
    assert (second.title, third.title) == (
        "finews: more trouble: poll late",
        "finews: more trouble: backlog old",
    )
    assert fourth.title == "finews: still trouble: poll late, backlog old, disk low"
    assert fourth.body.count("First:") == 3


def test_trouble_that_comes_back_every_hour_does_not_fill_a_mailbox() -> None:
    messages = told(between(MIRROR_OPEN, *((60 * hour, 60 * hour + 10) for hour in range(12))), hours=24)
    # Each all-clear waits twice as long as the one before, until the pauses do not suffice any more.
    assert len(messages) <= 8
    assert messages[-1][1].title == "finews: all clear"
    assert messages[-1][0] > 11 * 60


def test_what_nobody_hears_is_told_once_somebody_does() -> None:
    amiss = between(DISK_LOW, (0, 120))
    messages = told(amiss, hours=4, heard=lambda now: now >= EVENING + HOUR)
    assert [minute for minute, _ in messages] == [60, 135]
    assert told(amiss, hours=4, heard=lambda _: False) == []


_SPANS = st.lists(st.tuples(st.integers(0, 1200), st.integers(1, 400)), max_size=8)


@settings(max_examples=30)
@given(histories=st.lists(_SPANS, min_size=1, max_size=4))
def test_any_night(histories: list[list[tuple[int, int]]]) -> None:
    """Few messages, an all-clear only when all is well, nothing that lasts is kept quiet, and calm in the end."""
    parts = [
        between(KINDS[place], *((begin, begin + length) for begin, length in spans), subject=str(place))
        for place, spans in enumerate(histories)
    ]
    amiss = together(*parts)
    watch, named = Watch(), set[str]()
    since_clear: list[int] = []
    for minute in range(4800):
        now = EVENING + minute * MINUTE
        holding = list(amiss(now))
        watch, message = checked(watch, holding, now=now, patience=PATIENCE)
        if message is None:
            continue
        named.update(each.subject for each in watch.alerts if each.told)
        if message.title == "finews: all clear":
            assert not holding
            assert since_clear, "an all-clear without trouble"
            since_clear = []
            continue
        if since_clear:
            assert minute - since_clear[-1] >= (30 if len(since_clear) == 1 else 480)
        since_clear.append(minute)
    assert watch.alerts == ()
    assert since_clear == [], "no all-clear at the end"
    for place, spans in enumerate(histories):
        if any(length > 485 + 5 for _, length in spans):
            assert str(place) in named


def test_each_condition_by_its_threshold() -> None:
    """Just below a threshold nothing is amiss, at it something is."""

    def kinds(**state: object) -> list[str]:
        given: dict[str, object] = {"now": EVENING, "feeds": (feed(),)}
        return [each.kind for each in conditions(Snapshot(**{**given, **state}), LIMITS)]  # type: ignore[arg-type]

    assert kinds() == []
    assert kinds(feeds=(feed(failures=2),)) == []
    assert kinds(feeds=(feed(failures=3),)) == [FEED_FAILING]
    assert kinds(feeds=(feed(flags=("thin",)),)) == []
    assert kinds(feeds=(feed(flags=("silent",)),)) == [FEED_SILENT]
    # A source that is away altogether is charged to no feed; for all that it is not read.
    assert kinds(feeds=(feed(last_success=EVENING - 3 * MINUTE),)) == []
    assert kinds(feeds=(feed(last_success=EVENING - 4 * MINUTE),)) == [FEED_FAILING]
    assert kinds(feeds=()) == [], "where nobody polls no poll is late"
    assert kinds(feeds=(feed(next_poll=EVENING - 10 * MINUTE, last_success=EVENING - 11 * MINUTE),)) == []
    late = feed(next_poll=EVENING - 11 * MINUTE, last_success=EVENING - 12 * MINUTE)
    assert kinds(feeds=(late,)) == [POLL_LATE]
    # Some feeds polled alone are polls.
    assert kinds(feeds=(late, feed("38"))) == []
    assert kinds(mirrors=(MirrorState(base="http://a"),)) == []
    assert kinds(mirrors=(MirrorState(base="http://a", opened=1),)) == [MIRROR_OPEN]
    assert kinds(oldest_due=EVENING - 15 * MINUTE) == []
    assert kinds(oldest_due=EVENING - 16 * MINUTE) == [BACKLOG_OLD]
    assert kinds(quarantined=19) == []
    assert kinds(quarantined=20) == [QUARANTINE_RISING]
    assert kinds(rooms=(Room(folder=Path("/d"), free=2 * GIB),)) == []
    assert kinds(rooms=(Room(folder=Path("/d"), free=2 * GIB - 1),)) == [DISK_LOW]
    assert set(FIRST_STEPS) == set(KINDS)
