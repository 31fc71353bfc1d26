"""What the API says of coverage."""

from __future__ import annotations

import datetime as times
from collections.abc import Sequence

from pydantic import Field

from finews.flows.coverage_calendar import Day, DayState
from finews.schema.coverage_articles import MediaCoverage
from finews.ui.api import Answer


class MediaAnswer(Answer):
    """A media name's articles of a day."""

    media: str = Field(description="Empty where nobody has said it")
    listed: int
    rows: int
    missing: int
    waiting: int
    quarantined: int


class DayAnswer(Answer):
    """A day of China: its articles by what became of them, and what is known of its completeness."""

    day: times.date
    state: DayState
    complete: bool = Field(description="As `finews reconcile` tells it")
    listed: int = Field(description="Articles that the source listed")
    known: int = Field(description="Articles that have a link")
    rows: int = Field(description="Articles that are here")
    published: int = Field(description="Those of them whose newest text is a post")
    missing: int = Field(description="Listed, and nobody is at them")
    waiting: int = Field(description="Still to be fetched or read")
    quarantined: int
    gone: int
    forgotten: int
    surveyed_at: times.datetime | None = Field(description="When its whole list was read last")
    unread: str = Field(description="Why a part of its list was not read; empty where all was")
    media: list[MediaAnswer] | None = Field(default=None, description="Only where one day is asked for")


class DayArticleAnswer(Answer):
    """An article of a day that is not here, or in quarantine."""

    info_code: str
    standing: str
    state: str = Field(description="The state of its link; empty where it has none")
    reason: str
    media: str
    title: str


def answer_of_day(day: Day, media: Sequence[MediaCoverage] | None = None) -> DayAnswer:
    """A day as the API says it."""
    complete = day.state in (DayState.COMPLETE, DayState.HELD)
    told = None if media is None else [MediaAnswer.model_validate(each) for each in media]
    numbers = {
        name: getattr(day.numbers, name) for name in DayAnswer.model_fields if hasattr(day.numbers, name)
    }
    return DayAnswer(**numbers, state=day.state, complete=complete, media=told)
