"""What came of one request, judged: the one thing that the walk of a link decides by."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from finews.schema.records import Payload, Record

OUT_OF_REACH = frozenset({"connection", "timeout"})
"""Reasons that may as well be our own network's."""
MIRROR_PAUSED = "mirror_paused"
"""The reason where a mirror was not asked since an operator wants it left alone."""
FEED_PAUSED = "feed_paused"
"""The same of a feed."""


class Say(StrEnum):
    """What an answer says about the article."""

    GOOD = "good"
    ABSENT = "absent"
    UNFIT = "unfit"
    BLOCKED = "blocked"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class Heard(Record):
    """One judged answer.

    `reason` is a machine word, `ok` for a good answer. `passing` means that the same request may go better a
    moment later, `elsewhere` that this mirror may have the article as a page, `ill` that the mirror itself is
    in trouble. `wait` is the source's Retry-After in seconds. `sent` is false where no request was made.
    """

    say: Say
    reason: str
    status: int | None = None
    payload: Payload | None = None
    passing: bool = False
    elsewhere: bool = False
    ill: bool = False
    wait: float | None = None
    sent: bool = True


def unanswered(reason: str) -> Heard:
    """No answer that could be judged came, for one of the reasons of `AskingSpider.ask`."""
    if reason in ("robots", "redirect_away"):
        return Heard(say=Say.BLOCKED, reason=reason, sent=reason != "robots")
    return Heard(
        say=Say.FAILED,
        reason=reason,
        # A timeout has cost a whole time limit already; garbled and circling answers are no accident.
        passing=reason == "connection",
        ill=reason in OUT_OF_REACH,
    )
