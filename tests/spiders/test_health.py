"""Whom to ask, whom not to ask yet: circuits, outages and wishes."""

from __future__ import annotations

import pytest

from finews.spiders.health import Health
from finews.spiders.heard import Heard, Say, unanswered
from finews.spiders.mirror_circuit import CircuitRules

MIRRORS = ("a", "b", "c")
RULES = CircuitRules(troubles=3, pause=30, longest=100)
GOOD = Heard(say=Say.GOOD, reason="ok")
ABSENT = Heard(say=Say.ABSENT, reason="http_404")
SICK = Heard(say=Say.FAILED, reason="http_500", ill=True)
LOST = unanswered("connection")


def busy(seconds: float) -> Heard:
    """An answer that asks to wait."""
    return Heard(say=Say.BLOCKED, reason="http_429", passing=True, wait=seconds)


class Told(list[tuple[str, str, str]]):
    """What a Health tells its parent."""

    def __call__(self, mirror: str, what: str, reason: str) -> None:
        """Notes it."""
        self.append((mirror, what, reason))


@pytest.fixture
def told() -> Told:
    """Nothing yet."""
    return Told()


@pytest.fixture
def health(told: Told) -> Health:
    """Three mirrors of which all have answered, and a parent that grants probes."""
    health = Health(
        MIRRORS,
        rules=RULES,
        tell=told,
        tell_outage=lambda reason: told("all", "outage" if reason else "over", reason or ""),
    )
    for mirror in MIRRORS:
        health.note(mirror, GOOD, 0)
    return health


def fail(health: Health, mirror: str, now: float, heard: Heard = SICK, times: int = RULES.troubles) -> None:
    """So many troubles."""
    for _ in range(times):
        health.note(mirror, heard, now)


def test_many_troubles_in_a_row_open_a_circuit(health: Health, told: Told) -> None:
    """Whichever troubles they are; the others are asked as before."""
    for number in range(RULES.troubles):
        assert health.may_ask("a", 1)
        health.note("a", SICK if number % 2 else unanswered("timeout"), 1)
    assert not health.may_ask("a", 1)
    assert health.may_ask("b", 1)
    assert told == [("a", "open", "timeout")]


def test_anything_else_between_breaks_the_row(health: Health, told: Told) -> None:
    """A mirror that says 404 is well; robots.txt says nothing about it."""
    fail(health, "a", 1, times=RULES.troubles - 1)
    health.note("a", unanswered("robots"), 1)
    health.note("a", ABSENT, 1)
    health.note("a", SICK, 1)
    assert health.may_ask("a", 1)
    assert told == []


def test_one_probe_closes_a_circuit(health: Health, told: Told) -> None:
    """It is asked for once, and the next request is the only one until its answer is there."""
    fail(health, "a", 1)
    assert not health.may_ask("a", 30.9)
    assert told.pop() == ("a", "open", "http_500")
    for _ in range(2):
        assert not health.may_ask("a", 31)
    assert told == [("a", "probe", "")]
    health.hear("a", "probe", 0, 31)
    assert health.may_ask("a", 31)
    health.asks("a", 31)
    assert not health.may_ask("a", 31)
    health.note("a", ABSENT, 32)
    assert health.may_ask("a", 32)
    assert told == [("a", "probe", ""), ("a", "closed", "")]


def test_a_failing_probe_doubles_the_time(health: Health, told: Told) -> None:
    """Up to the longest."""
    fail(health, "a", 0)
    now = 0.0
    for pause in (30, 60, 100, 100):
        assert not health.may_ask("a", now + pause - 0.1)
        assert told[-1][1] != "probe"
        now += pause
        assert not health.may_ask("a", now)
        health.hear("a", "probe", 0, now)
        health.asks("a", now)
        health.note("a", LOST, now)
        assert told[-2:] == [("a", "probe", ""), ("a", "reopen", "connection")]


def test_the_right_to_probe_may_be_refused(health: Health, told: Told) -> None:
    """Another process has it, or has found the mirror well."""
    fail(health, "a", 0)
    assert not health.may_ask("a", 30)
    health.hear("a", "open", 20, 30)
    assert not health.may_ask("a", 49)
    assert told.count(("a", "probe", "")) == 1
    health.hear("a", "closed", 0, 49)
    assert health.may_ask("a", 49)


def test_a_probe_that_is_never_heard_of_again_is_not_waited_for(health: Health, told: Told) -> None:
    """Its walk was dropped, or the parent never answered."""
    fail(health, "a", 0)
    assert not health.may_ask("a", 30)
    assert not health.may_ask("a", 60)
    assert told.count(("a", "probe", "")) == 2
    health.hear("a", "probe", 0, 60)
    health.asks("a", 60)
    assert not health.may_ask("a", 89)
    assert not health.may_ask("a", 90)
    assert told.count(("a", "probe", "")) == 3


def test_a_late_good_answer_closes_at_once(health: Health, told: Told) -> None:
    """To a request that was under way when the circuit was opened."""
    fail(health, "a", 1)
    health.note("a", GOOD, 2)
    assert health.may_ask("a", 2)
    assert told[-1] == ("a", "closed", "")


def test_every_mirror_at_once_is_nobodys_fault(health: Health, told: Told) -> None:
    """What was opened since the last answer is taken back, and nobody is asked but by one probe at a time."""
    fail(health, "a", 1, LOST)
    fail(health, "b", 2, LOST)
    assert health.outage_pause(2) == 0
    fail(health, "c", 3, LOST)
    assert told == [
        ("a", "open", "connection"),
        ("b", "open", "connection"),
        ("a", "uncharged", ""),
        ("b", "uncharged", ""),
        ("all", "outage", "connection"),
    ]
    assert health.outage_pause(3) == 1
    assert health.outage_pause(4) == 0
    health.asks("a", 4)
    assert health.outage_pause(4) > 0
    health.note("a", LOST, 5)
    assert health.failed_probes == 1
    assert health.outage_pause(5) == 2
    assert health.ordered(MIRRORS) == ["b", "c", "a"]
    health.asks("b", 7)
    health.note("b", GOOD, 8)
    assert not health.outage
    assert all(health.may_ask(mirror, 8) for mirror in MIRRORS)
    assert told[5:] == [("all", "over", "")]


def test_a_mirror_that_was_down_before_stays_charged(health: Health, told: Told) -> None:
    """It failed while others answered."""
    fail(health, "a", 1)
    health.note("b", GOOD, 2)
    fail(health, "b", 3)
    fail(health, "c", 4)
    assert health.outage
    assert ("a", "uncharged", "") not in told
    assert told[-2:] == [("b", "uncharged", ""), ("all", "outage", "http_500")]
    health.note("c", GOOD, 5)
    assert not health.may_ask("a", 5)
    assert health.may_ask("b", 5)


def test_without_a_parent_time_alone_grants_the_probe() -> None:
    """A health of its own."""
    health = Health(MIRRORS, rules=RULES)
    fail(health, "a", 0)
    assert not health.may_ask("a", 29)
    assert health.may_ask("a", 30)


def test_the_longest_wish_counts() -> None:
    """A shorter one that comes later takes nothing back."""
    health = Health(MIRRORS)
    health.note("a", busy(10), 0)
    health.note("a", busy(2), 1)
    wish = health.cooling("a", 9)
    assert wish
    assert wish.until == 10
    assert health.cooling("a", 10) is None
    assert health.cooling("b", 0) is None
