"""What the API of quarantine takes and answers with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from finews.flows.quarantine_choice import Since
from finews.schema.plain_text import whole_characters
from finews.schema.records import Outcome
from finews.ui.api import Answer


def _storable(text: str) -> str:
    if whole_characters(text) != text:
        raise ValueError("it is not made of whole characters")
    return text


Text = Annotated[str, AfterValidator(_storable)]
"""A text that a database can keep: no NUL, no half of a character."""


class Item(Answer):
    """An article in quarantine. `seen` names it as it is here: give it back to act on just that."""

    info_code: str
    title: str
    stage: str
    reason: str
    at: datetime
    normaliser: int
    media: str
    day: date
    discarded_at: datetime | None
    discarded_by: str | None
    discarded_why: str | None
    seen: str


class GroupAnswer(Answer):
    """What is there for one reason; `hours` is how many came in each of the last 24 hours, the oldest first."""

    reason: str
    count: int
    stages: Mapping[str, int]
    normalisers: Mapping[int, int]
    oldest: datetime
    newest: datetime
    last_day: int
    day_before: int
    hours: Sequence[int]


class GroupsAnswer(Answer):
    """Quarantine by reason, those with most first."""

    count: int
    groups: list[GroupAnswer]


class StepAnswer(Answer):
    """A step of the parser: what it found, who said it, and for which reason it stops."""

    name: str
    value: str
    by: str
    reason: str
    note: str


class AskedAnswer(Answer):
    """What a mirror said when the source was asked last."""

    mirror: str
    part: str
    reason: str
    status: int | None


class SaidAnswer(Answer):
    """What a feed, or the search, says of an article."""

    feed: str
    title: str
    moment: datetime | None
    media: str


class ItemAnswer(Answer):
    """One article in quarantine, its payload in short, and what the parser makes of it today."""

    item: Item
    title: str
    post: str | None
    url: str
    status: int
    content_type: str
    size: int
    fetched_at: datetime
    last_seen_at: datetime
    parser: int
    steps: list[StepAnswer]
    publishable: bool
    words: str
    sightings: list[SaidAnswer]
    asked: list[AskedAnswer]


class Every(BaseModel):
    """All that waits (or was discarded) in quarantine and for which all that is set holds."""

    model_config = ConfigDict(extra="forbid")

    reason: Text | None = None
    media: Text | None = Field(None, description='"" is where nobody says it')
    day: date | None = None
    normaliser: int | None = Field(None, ge=0, lt=2**31)
    discarded: bool = False
    until: AwareDatetime = Field(description="What came or changed later is left out")
    shown: int = Field(ge=0, description="How many there were at that time: a discard of more is refused")


class Chosen(BaseModel):
    """What is meant: items one by one, or every one that a sieve leaves."""

    model_config = ConfigDict(extra="forbid")

    items: list[str] = Field(
        default=[],
        max_length=500,
        description="`seen` of items of the list; an infoCode is the article as it is now",
    )
    every: Every | None = None


class Discarding(Chosen):
    """What is meant, and why it is given up."""

    why: Text = Field(min_length=1, max_length=1000)


class ForeseenAnswer(Answer):
    """How one article would end."""

    info_code: str
    outcome: Outcome
    was: str
    reason: str
    title: str
    moment: datetime | None
    media: str
    words: str


class ChangedAnswer(Answer):
    """An article that is not as it was seen, and is left alone."""

    info_code: str
    since: Since


class PreviewAnswer(Answer):
    """How `read` of `total` articles would end; fewer are read than there are where there are very many."""

    total: int
    read: int
    outcomes: Mapping[Outcome, int]
    reasons: Mapping[str, int]
    samples: list[ForeseenAnswer]
    changed: list[ChangedAnswer]


class ReplayAnswer(Answer):
    """A replay: ended, with its counts, or begun `in_background`, where its run tells them once it has ended."""

    run: int | None
    in_background: bool
    counts: Mapping[str, int]
    changed: list[ChangedAnswer]


class DiscardAnswer(Answer):
    """How many were discarded, and what was left alone."""

    discarded: int
    changed: list[ChangedAnswer]
