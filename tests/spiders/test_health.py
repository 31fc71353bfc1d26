"""Whom to ask first."""

from __future__ import annotations

from finews.spiders.health import PUT_LAST_FOR, TOO_MANY, Health
from finews.spiders.heard import Heard, Say, unanswered

MIRRORS = ("a", "b", "c")
GOOD = Heard(say=Say.GOOD, reason="ok")
ABSENT = Heard(say=Say.ABSENT, reason="http_404")
SICK = Heard(say=Say.FAILED, reason="http_500", ill=True)


def busy(seconds: float) -> Heard:
    """An answer that asks to wait."""
    return Heard(say=Say.BLOCKED, reason="http_429", passing=True, wait=seconds)


def test_many_troubles_in_a_row_put_a_mirror_last() -> None:
    """For a while, and whichever troubles they are."""
    health = Health()
    for number in range(TOO_MANY):
        assert health.ordered(MIRRORS, 0) == ["a", "b", "c"]
        health.note("a", SICK if number % 2 else unanswered("timeout"), 0)
    assert health.ordered(MIRRORS, PUT_LAST_FOR - 1) == ["b", "c", "a"]
    assert health.ordered(MIRRORS, PUT_LAST_FOR) == ["a", "b", "c"]


def test_anything_else_between_breaks_the_row() -> None:
    """A mirror that says 404 is well; robots.txt says nothing about it."""
    health = Health()
    for _ in range(TOO_MANY - 1):
        health.note("a", SICK, 0)
    health.note("a", unanswered("robots"), 0)
    health.note("a", ABSENT, 0)
    health.note("a", SICK, 0)
    assert health.ordered(MIRRORS, 1) == ["a", "b", "c"]


def test_a_good_answer_heals_at_once() -> None:
    """Before the time is over."""
    health = Health()
    for _ in range(TOO_MANY):
        health.note("a", SICK, 0)
    health.note("a", GOOD, 1)
    assert health.ordered(MIRRORS, 1) == ["a", "b", "c"]


def test_all_in_trouble_keep_their_order() -> None:
    """Somebody has to be asked."""
    health = Health()
    for mirror in MIRRORS:
        for _ in range(TOO_MANY):
            health.note(mirror, SICK, 0)
    assert health.ordered(MIRRORS, 1) == ["a", "b", "c"]


def test_the_longest_wish_counts() -> None:
    """A shorter one that comes later takes nothing back."""
    health = Health()
    health.note("a", busy(10), 0)
    health.note("a", busy(2), 1)
    wish = health.cooling("a", 9)
    assert wish
    assert wish.until == 10
    assert health.cooling("a", 10) is None
    assert health.cooling("b", 0) is None
