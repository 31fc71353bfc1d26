"""What `/api/feeds` and `/api/mirrors` answer with, and what their actions are given."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from finews.flows import feeds, mirror_view
from finews.flows.feeds import FeedNow, FeedStanding
from finews.flows.mirror_names import name_of
from finews.flows.mirror_view import MirrorStanding
from finews.schema.feed_records import FeedState
from finews.schema.hourly_counts import MirrorHour
from finews.schema.mirrors import LEAST_RATE, MOST_RATE, MirrorState
from finews.schema.settings import Settings
from finews.ui.api import Answer


class PauseFacts(Answer):
    """A pause: since when, by whom, and why, in their words."""

    at: datetime
    by: str
    why: str


class Feed(Answer):
    """How a feed is doing; `listed` and `discovered` are those of its last good reading."""

    name: str
    state: FeedStanding
    flags: list[str] = Field(
        description="`silent`: nothing new for far longer than ever; `thin`: half of the usual"
    )
    paused: PauseFacts | None
    last_success: datetime | None
    last_error: str | None = Field(description="A machine word")
    last_error_at: datetime | None
    failures: int = Field(description="In a row")
    next_poll: datetime | None = Field(description="Null for one that is paused or was never read")
    listed: int
    discovered: int = Field(description="New among them")
    usual: float | None = Field(description="Articles that it lists, in the mean of two weeks")
    usual_quiet: float | None = Field(
        description="Seconds between two readings with something new, in the mean"
    )

    @classmethod
    def of(cls, state: FeedState, settings: Settings) -> Self:
        """The answer for a feed."""
        history = state.history
        return cls(
            name=state.name,
            state=feeds.standing_of(state, settings),
            flags=list(state.flags),
            paused=PauseFacts.model_validate(state.paused) if state.paused else None,
            last_success=state.last_success,
            last_error=state.last_error,
            last_error_at=state.last_error_at,
            failures=state.failures,
            next_poll=None if state.paused else state.next_poll,
            listed=state.listed,
            discovered=state.discovered,
            usual=history.usual if history.readings else None,
            usual_quiet=history.usual_quiet.total_seconds() if history.news > 1 else None,
        )


class FeedHourFacts(Answer):
    """How a feed was read in the hour from `hour` on; `unheard`: no mirror was within reach, or asked."""

    hour: datetime
    readings: int = Field(description="Those that went well")
    failures: int
    unheard: int
    listed: int = Field(description="Sum of what the readings listed")
    discovered: int = Field(description="New among it")
    last_error: str | None


class FeedLine(Answer):
    """An article that a feed listed last; what the feed said of it, which may be empty."""

    info_code: str
    title: str
    media: str
    moment: datetime | None
    seen_at: datetime | None
    state: str | None = Field(description="Of its link")


class FeedDetail(Answer):
    """A feed, its hours with readings, the oldest first, and the first articles that it listed last."""

    feed: Feed
    hours: list[FeedHourFacts]
    lines: list[FeedLine]

    @classmethod
    def of(cls, found: FeedNow, settings: Settings) -> Self:
        """The answer for a feed with its history."""
        return cls(
            feed=Feed.of(found.state, settings),
            hours=[FeedHourFacts.model_validate(each) for each in found.hours],
            lines=[FeedLine.model_validate(each) for each in found.listed],
        )


class Mirror(Answer):
    """How a mirror is doing: its circuit is `open` since `opened_at` where it is not asked, until `next_probe`."""

    name: str = Field(
        description="Host and port; where several mirrors share them, its place in the settings"
    )
    base: str
    state: MirrorStanding
    serves_feeds: bool
    paused: PauseFacts | None
    opened_at: datetime | None
    next_probe: datetime | None
    failed_probes: int
    last_error: str | None = Field(description="A machine word")
    last_error_at: datetime | None
    rate: float | None = Field(description="Requests a second, in force; null: no limit")
    rate_set_by: str | None = Field(description="Who has set it at run time; null: the settings")
    rate_set_at: datetime | None

    @classmethod
    def of(cls, state: MirrorState, settings: Settings) -> Self:
        """The answer for a mirror."""
        own = state.rate is not None
        return cls(
            name=name_of(settings, state.base),
            base=state.base,
            state=mirror_view.standing_of(state),
            serves_feeds=state.base == settings.sources[0],
            paused=PauseFacts.model_validate(state.paused) if state.paused else None,
            opened_at=state.opened_at,
            next_probe=state.probe_at,
            failed_probes=max(0, state.opened - 1),
            last_error=state.last_error,
            last_error_at=state.last_error_at,
            rate=mirror_view.rate_of(state, settings),
            rate_set_by=state.rate_by if own else None,
            rate_set_at=state.rate_at if own else None,
        )


class MirrorHourFacts(Answer):
    """What a mirror answered in the hour from `hour` on, to requests of every kind."""

    hour: datetime
    answers: int
    latency: float | None = Field(description="Seconds until an answer began, in the mean")
    refusals: int = Field(description="401, 403 and 429")
    troubles: int = Field(description="Server errors, and no answer")
    opened: int = Field(description="How often its circuit was opened, or kept open by a probe that failed")
    last_error: str | None


class MirrorDetail(Answer):
    """A mirror, and its hours in which it was asked, the oldest first."""

    mirror: Mirror
    hours: list[MirrorHourFacts]

    @classmethod
    def of(cls, state: MirrorState, hours: Sequence[MirrorHour], settings: Settings) -> Self:
        """The answer for a mirror with its history."""
        return cls(
            mirror=Mirror.of(state, settings), hours=[MirrorHourFacts.model_validate(each) for each in hours]
        )


class _Wish(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PauseWish(_Wish):
    """What a pause is given: why, in words; it is shown wherever the pause is."""

    why: str = Field("", max_length=500)


class RateWish(_Wish):
    """A mirror's rate in requests a second; null takes it back, and the settings hold again."""

    rate: float | None = Field(ge=LEAST_RATE, le=MOST_RATE)


class PollWish(_Wish):
    """Which feeds to read; all where none is named."""

    feeds: list[str] = Field(default_factory=list, max_length=20)


class Polling(Answer):
    """A poll that was begun, by its number in the ledger; null where it has not begun a run yet."""

    run: int | None
    action: int = Field(description="Its number among the actions")
    outcome: str


class FeedDone(Answer):
    """What an action came to, and the feed after it."""

    action: int = Field(description="Its number among the actions")
    outcome: str
    feed: Feed


class MirrorDone(Answer):
    """What an action came to, and the mirror after it."""

    action: int = Field(description="Its number among the actions")
    outcome: str
    mirror: Mirror
