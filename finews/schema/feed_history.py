"""What a feed's own past says of it: how many articles it usually lists, how long it is usually without news."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from finews.schema.records import Record

_MEMORY = timedelta(days=14)
"""Watched time in which what was seen once counts less and less."""
_LONGEST_SPAN = timedelta(hours=1)
"""Between two readings further apart than this nobody watched; so much is counted at most."""
_ENOUGH_TIME = timedelta(days=1)
_ENOUGH_READINGS, _ENOUGH_NEWS = 20, 10
"""From so much history on it says something: a feed sleeps at night."""


@dataclass(frozen=True, kw_only=True)
class FeedHistory(Record):
    """Spans are of watched time: that between readings which went well.

    `usual` is the number of articles listed, in the mean of two weeks; `news` counts readings that brought
    something new, `quiet` is the time since the last of them; `usual_quiet` and `most_quiet` are the mean and the
    longest of such times, of which the longest shrinks as it gets older.
    """

    readings: int = 0
    watched: timedelta = timedelta()
    usual: float = 0.0
    news: int = 0
    quiet: timedelta = timedelta()
    usual_quiet: timedelta = timedelta()
    most_quiet: timedelta = timedelta()

    def after(self, *, listed: int, news: bool, since: timedelta) -> FeedHistory:
        """The history with one more good reading, `since` the one before."""
        span = min(since, _LONGEST_SPAN)
        quiet = self.quiet + span
        weight = max(1 / (self.readings + 1), span / _MEMORY)
        most = self.most_quiet * max(0.0, 1 - span / _MEMORY)
        if news and self.news:
            most = max(most, quiet)
        gap_weight = max(1 / max(1, self.news), quiet / _MEMORY)
        mean = self.usual_quiet + (quiet - self.usual_quiet) * min(1.0, gap_weight)
        return FeedHistory(
            readings=self.readings + 1,
            watched=self.watched + span,
            usual=self.usual + (listed - self.usual) * weight,
            news=self.news + news,
            quiet=timedelta() if news else quiet,
            usual_quiet=mean if news and self.news else self.usual_quiet,
            most_quiet=most,
        )

    @property
    def silent(self) -> bool:
        """Whether it lists nothing new for far longer than it ever did, and than it usually does."""
        return (
            self.watched >= _ENOUGH_TIME
            and self.news >= _ENOUGH_NEWS
            and self.quiet > max(2 * self.most_quiet, 10 * self.usual_quiet)
        )

    def thin(self, listed: int) -> bool:
        """Whether `listed` is less than half of what it usually lists."""
        return self.readings >= _ENOUGH_READINGS and listed < self.usual / 2
