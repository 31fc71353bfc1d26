"""Which of what is in quarantine is meant: one definition for the list, its numbers, and what is done to all of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, LiteralString

from finews.schema.records import Record


@dataclass(frozen=True, kw_only=True)
class Sieve(Record):
    """What is in quarantine and for which all that is set holds: what waits, or was `discarded`; with None both.

    `day` and `media` are the article's, `normaliser` is the version that kept it back (0: the judge of the mirrors'
    answers). `until` leaves out what came, or changed, later.
    """

    reason: str | None = None
    media: str | None = None
    day: date | None = None
    normaliser: int | None = None
    discarded: bool | None = False
    until: datetime | None = None

    def of_reason(self, reason: str) -> Sieve:
        """The same of one reason."""
        return replace(self, reason=reason)

    @property
    def is_open(self) -> bool:
        """Whether it leaves all that waits."""
        return self == Sieve()

    @property
    def named(self) -> list[str]:
        """What is set of reason, media, day and version, as words: `media_missing`, `2026-03-10`."""
        parts = (self.reason, self.media, self.day, self.normaliser)
        return [str(each) for each in parts if each is not None]

    @property
    def conditions(self) -> LiteralString:
        """SQL that holds for a row `q` of `quarantine`; its values are `parameters`."""
        return " and ".join(self._parts())

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The values that `conditions` names."""
        return {
            "sieve_reason": self.reason,
            "sieve_media": self.media,
            "sieve_day": self.day,
            "sieve_normaliser": self.normaliser,
            "sieve_until": self.until,
        }

    def _parts(self) -> Iterator[LiteralString]:
        states: dict[bool | None, LiteralString] = {
            False: "q.discarded_at is null",
            True: "q.discarded_at is not null",
            None: "true",
        }
        yield states[self.discarded]
        if self.reason is not None:
            yield "q.reason = %(sieve_reason)s"
        if self.media is not None:
            yield "q.media = %(sieve_media)s"
        if self.day is not None:
            yield "q.day = %(sieve_day)s"
        if self.normaliser is not None:
            yield "q.normaliser = %(sieve_normaliser)s"
        if self.until is not None:
            yield "q.at <= %(sieve_until)s"
