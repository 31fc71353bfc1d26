"""What a mirror answered, counted by mirror and hour."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from finews.schema.records import Record


@dataclass(frozen=True, kw_only=True)
class Tally(Record):
    """`answers`, which took so many `seconds` in sum until they began; `refusals` (401, 403, 429); and `troubles`: a
    server error, or no answer at all.
    """

    answers: int = 0
    seconds: float = 0.0
    refusals: int = 0
    troubles: int = 0
    last_error: str | None = None

    def plus(self, other: Tally) -> Tally:
        """Both together; `other` is the later one."""
        return Tally(
            answers=self.answers + other.answers,
            seconds=self.seconds + other.seconds,
            refusals=self.refusals + other.refusals,
            troubles=self.troubles + other.troubles,
            last_error=other.last_error or self.last_error,
        )


class Tallies(dict[tuple[str, datetime], Tally]):
    """(mirror, hour) → what it answered."""

    def count(self, mirror: str, at: datetime, tally: Tally) -> None:
        """Adds to what is counted; `at` is any time within the hour."""
        key = mirror, at.replace(minute=0, second=0, microsecond=0)
        self[key] = self.get(key, Tally()).plus(tally)

    def taken(self) -> Tallies:
        """All of it, which begins anew."""
        found = Tallies(self)
        self.clear()
        return found

    def to_json(self) -> list[dict[str, Any]]:
        """As JSON values."""
        return [
            {"mirror": mirror, "hour": hour.isoformat(), **asdict(tally)}
            for (mirror, hour), tally in self.items()
        ]

    def add_json(self, told: Iterable[Mapping[str, Any]]) -> None:
        """Adds what `to_json` made."""
        for each in told:
            fields = dict(each)
            mirror, hour = fields.pop("mirror"), datetime.fromisoformat(fields.pop("hour"))
            self.count(mirror, hour, Tally(**fields))
