"""Frozen records of alerts: what is amiss, for how long, and what was told of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from finews.schema.records import Record


@dataclass(frozen=True, kw_only=True)
class Condition(Record):
    """Something that is amiss now: `kind` and `subject` name it, `what` says it, `since` is when it began, if known."""

    kind: str
    subject: str
    what: str
    since: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Alert(Record):
    """A condition over time.

    `held_at`: since when it holds without a break, None while it does not. `well_at`: since when it is well, while
    it still fires. It fires from `fired_at` to `cleared_at`. `told`: whether a message has named it since it fired.
    """

    kind: str
    subject: str
    what: str
    since: datetime | None = None
    held_at: datetime | None = None
    well_at: datetime | None = None
    fired_at: datetime | None = None
    cleared_at: datetime | None = None
    told: bool = False

    @property
    def firing(self) -> bool:
        """Whether it counts as trouble: it held for long enough, and has not been well for long enough since."""
        return self.fired_at is not None and self.cleared_at is None

    @property
    def began(self) -> datetime | None:
        """When the trouble began, as far as that is known."""
        known = [each for each in (self.since, self.held_at, self.fired_at) if each]
        return min(known, default=None)


@dataclass(frozen=True, kw_only=True)
class Episode(Record):
    """What was told since the last all-clear: so many messages, the last at `told_at`.

    `relapses` is how often in a row trouble came back soon after an all-clear, which was at `cleared_at`.
    """

    messages: int = 0
    told_at: datetime | None = None
    relapses: int = 0
    cleared_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Watch(Record):
    """All that a check knows of the checks before it."""

    alerts: tuple[Alert, ...] = ()
    episode: Episode = Episode()


@dataclass(frozen=True, kw_only=True)
class Message(Record):
    """What goes to every target, as plain text."""

    title: str
    body: str


@dataclass(frozen=True, kw_only=True)
class Outgoing(Record):
    """A message that is kept until every target has it; `delivered` names those that have it."""

    id: int
    at: datetime
    title: str
    body: str
    delivered: tuple[str, ...]
    attempts: int
    done_at: datetime | None = None
