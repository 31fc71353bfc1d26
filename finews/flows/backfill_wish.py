"""What an operator asks of a backfill: days, a feed, a media name, or a list of articles; and its tiling in chunks."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from finews.flows.time_range import day_range
from finews.schema.chunks import Span
from finews.schema.code_list import CodeList
from finews.schema.errors import RequestError
from finews.schema.plain_text import clean_text
from finews.schema.records import CHINA, Record, midnight

_DAYS_BEFORE_AN_OPEN_BEGINNING: Final = 31
"""So many days have chunks of their own where no first day is named; all before them is one chunk."""


@dataclass(frozen=True, kw_only=True)
class Wish(Record):
    """A request that makes sense. `first` and `last` are days of China, both included; None: without that border.

    With `codes` exactly these articles are meant, and nothing is looked for.
    """

    first: date | None = None
    last: date | None = None
    gaps: bool = False
    media: str = ""
    feed: str = ""
    force: bool = False
    codes: CodeList | None = None

    @property
    def words(self) -> str:
        """As an operator would say it: `2026-01-01 to 2026-01-31, gaps, media 样本财经报`."""
        if self.codes is not None:
            parts = [f"{len(self.codes)} links"]
        elif self.first and self.first == self.last:
            parts = [str(self.first)]
        else:
            parts = [f"{self.first or 'the beginning'} to {self.last or 'now'}"]
        parts += ["gaps"] * self.gaps + [f"media {self.media}"] * bool(self.media)
        parts += [f"feed {self.feed}"] * bool(self.feed) + ["all again"] * self.force
        return ", ".join(parts)

    def as_json(self) -> dict[str, Any]:
        """As JSON values, the same for the same wish; of a list of articles its number and fingerprint."""
        listed = None
        if self.codes is not None:
            digest = hashlib.sha256()
            for place, code in enumerate(sorted(self.codes)):
                digest.update(f"\n{code}".encode() if place else code.encode())
            listed = {"number": len(self.codes), "sha256": digest.hexdigest()}
        return {
            "from": str(self.first) if self.first else None,
            "to": str(self.last) if self.last else None,
            "gaps": self.gaps,
            "media": self.media,
            "feed": self.feed,
            "force": self.force,
            "list": listed,
            "words": self.words,
        }


def wish_of(
    *,
    since: str | None = None,
    until: str | None = None,
    gaps: bool = False,
    media: str | None = None,
    feed: str | None = None,
    force: bool = False,
    codes: Sequence[str] | None = None,
    now: datetime | None = None,
) -> Wish:
    """The wish that these words mean; raises RequestError where they mean nothing, or contradict each other.

    `since` and `until` are a day, a month or how long ago, in China time; both ends are included.
    """
    now = (now or datetime.now(CHINA)).astimezone(CHINA)
    ranged = bool(since or until or gaps or feed)
    if codes is not None and (ranged or media):
        raise RequestError("a list and a range are both named", advice="Name one of them")
    if codes is None and not ranged:
        raise RequestError(
            "no range is named", advice="Name --from, --to, --gaps, --feed, or a file with --file"
        )
    if gaps and feed:
        raise RequestError(
            "--gaps and --feed are both named",
            advice="Gaps are found in the search, which lists what every feed lists",
        )
    first, last = day_range(since, until, now=now)
    if codes is None:
        last = min(last or now.date(), now.date())
    if first and first > now.date():
        raise RequestError(f"{first} lies in the future", advice="There is nothing to fetch yet")
    if first and last and first > last:
        raise RequestError(
            f"the range ends ({last}) before it begins ({first})", advice="Swap --from and --to"
        )
    return Wish(
        first=first,
        last=last,
        gaps=gaps,
        media=clean_text(media or ""),
        feed=feed or "",
        force=force,
        codes=None if codes is None else CodeList(codes),
    )


def tiled(first: date | None, last: date, *, days: int = 1) -> list[Span]:
    """Chunks of so many days, the newest first, that cover the days from first to last once, and nothing else.

    Without a first day the last chunk has no beginning.
    """
    begin = first or last - timedelta(days=_DAYS_BEFORE_AN_OPEN_BEGINNING - 1)
    spans: list[Span] = []
    end = last + timedelta(days=1)
    while end > begin:
        start = max(begin, end - timedelta(days=days))
        spans.append((midnight(start), midnight(end)))
        end = start
    return [*spans, (None, midnight(begin))] if first is None else spans


def tiled_days(wanted: Sequence[date], *, days: int = 1) -> list[Span]:
    """Chunks of at most so many days that cover exactly these days, the newest first."""
    spans: list[Span] = []
    runs: list[list[date]] = []
    for day in sorted(set(wanted)):
        if runs and day - runs[-1][-1] == timedelta(days=1):
            runs[-1].append(day)
        else:
            runs.append([day])
    for run in reversed(runs):
        spans += tiled(run[0], run[-1], days=days)
    return spans
