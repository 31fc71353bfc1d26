"""What `/api/status` answers with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Self

from pydantic import Field

from finews.flows.overview import Overview
from finews.schema.settings import Settings
from finews.ui.api import Answer
from finews.ui.run_models import RunItem
from finews.ui.steering_models import Feed, Mirror


class Amiss(Answer):
    """Something that an alert is raised for, if it lasts."""

    kind: str
    subject: str
    what: str
    since: datetime | None


class FreshnessFigures(Answer):
    """Seconds from an article's moment at the source to its first post, of what polls brought since `since`."""

    p50: float | None
    p95: float | None
    articles: int
    since: datetime


class QueueFigures(Answer):
    """Links that wait; `waiting` has a number for each state in which a link is not at its end."""

    due: int = Field(description="Of very many not all are counted: then `more` is true")
    more: bool
    oldest: datetime | None
    waiting: Mapping[str, int]


class BackfillItem(Answer):
    """A backfill under way: articles left of those listed, and parts whose list is still to be read."""

    number: int
    state: str
    left: int
    unlisted: int


class DiskItem(Answer):
    """Free bytes on the disk that a folder lies on."""

    folder: str
    free: int


class Status(Answer):
    """The overview as of `now`."""

    now: datetime
    well: bool = Field(description="Whether nothing is amiss")
    amiss: list[Amiss]
    articles: int = Field(description="Of very many an estimate")
    unpublished: int = Field(description="Articles whose newest text lies on no disk yet")
    freshness: FreshnessFigures = Field(description="Of the last hour")
    freshness_day: FreshnessFigures
    outcomes: Mapping[str, int] = Field(description="Of the runs that ended within a day")
    queue: QueueFigures
    gaps: Mapping[str, int] = Field(description="State → days that are over and not complete")
    quarantine: Mapping[str, int] = Field(description="Reason → articles that wait for it")
    feeds: list[Feed]
    mirrors: list[Mirror]
    backfills: list[BackfillItem]
    runs: list[RunItem] = Field(description="The newest")
    disks: list[DiskItem]

    @classmethod
    def of(cls, seen: Overview, settings: Settings) -> Self:
        """The answer for an overview."""
        return cls(
            now=seen.now,
            well=seen.well,
            amiss=[Amiss.model_validate(each) for each in seen.amiss],
            articles=seen.articles,
            unpublished=seen.unpublished,
            freshness=FreshnessFigures.model_validate(seen.lately),
            freshness_day=FreshnessFigures.model_validate(seen.day),
            outcomes=seen.outcomes,
            queue=QueueFigures.model_validate(seen.queue),
            gaps={state.value: number for state, number in seen.gaps.states.items()},
            quarantine=dict(seen.quarantine),
            feeds=[Feed.of(each, settings) for each in seen.feeds],
            mirrors=[Mirror.of(each, settings) for each in seen.mirrors],
            backfills=[BackfillItem.model_validate(each) for each in seen.backfills],
            runs=[RunItem.of(each) for each in seen.runs],
            disks=[DiskItem(folder=str(each.folder), free=each.free) for each in seen.rooms],
        )
