"""What a replay of what is in quarantine would come to, before it is done: bounded, and nothing is written."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from pydantic import SecretStr

from finews.flows.pipeline import Pipeline
from finews.flows.replay_diff import CHANGING, Differences, differences, foreseen
from finews.flows.replay_work import Look, change, look
from finews.flows.visible_text import visible_text
from finews.schema.database import Database
from finews.schema.payloads import StoredPayload, in_batches
from finews.schema.records import Article, Outcome, Record
from finews.schema.replayable import Selection, count_replayable, next_replayable
from finews.schema.settings import Settings

BOUND: Final = 300
"""Payloads that a preview reads at most."""
_SECONDS: Final = 5.0
"""After so long it begins no further batch."""
_BATCH: Final = 50
_WORDS: Final = 120
_COMPARED: Final = ("title", "moment", "body", "securities")


@dataclass(frozen=True, kw_only=True)
class Foreseen(Record):
    """How one article would end: its outcome, the reason then and now, and what would be published of it."""

    info_code: str
    outcome: Outcome
    was: str
    reason: str
    title: str = ""
    moment: datetime | None = None
    media: str = ""
    words: str = ""


@dataclass(frozen=True, kw_only=True)
class Preview(Record):
    """How `read` of `total` articles that can be read again would end.

    `reasons` counts what would stay in quarantine; `samples` has some articles of each outcome, `fields` what would
    be edited of posts that are there: field → `{count, samples: [{info_code, old, new}]}`.
    """

    total: int
    read: int
    outcomes: Mapping[Outcome, int]
    reasons: Mapping[str, int]
    samples: Mapping[Outcome, Sequence[Foreseen]]
    fields: Mapping[str, Any] = field(default_factory=dict)

    @property
    def bounded(self) -> bool:
        """Whether there are more than were read."""
        return self.read < self.total


def preview(
    database: Database, settings: Settings, selection: Selection, *, bound: int = BOUND, samples: int = 5
) -> Preview:
    """Reads up to `bound` payloads of a selection, the smallest infoCodes first, beside what is known now."""
    until = time.monotonic() + _SECONDS
    with database.transaction() as connection:
        total = count_replayable(connection, selection)
        chosen = [
            each
            for part in selection.parts()
            for each in next_replayable(connection, part, after="", most=bound)
        ][:bound]
    named = selection.codes is not None or selection.discarded
    tally = _Tally(most=samples)
    found = Differences(most=samples)
    with Pipeline(settings_beside(database, settings)) as pipeline:
        for batch in in_batches(chosen, _BATCH):
            seen = look(pipeline, [each.id for each in batch])
            tally.add(seen, batch, named=named)
            found.merge(differences(pipeline, seen, named=named, most=samples))
            if time.monotonic() > until:
                break
    return Preview(
        total=total,
        read=tally.outcomes.total(),
        outcomes=tally.outcomes,
        reasons=tally.reasons,
        samples=tally.samples,
        fields=found.as_json([name for name in CHANGING if name in _COMPARED]),
    )


def settings_beside(database: Database, settings: Settings) -> Settings:
    """Settings for a pipeline of its own on a database that is open: it may be embedded, and have but one owner."""
    return settings.model_copy(update={"database_url": SecretStr(database.address)})


@dataclass(kw_only=True)
class _Tally:
    most: int
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    samples: dict[Outcome, list[Foreseen]] = field(default_factory=dict)

    def add(self, seen: Look, batch: Sequence[StoredPayload], *, named: bool) -> None:
        for code in (each.info_code for each in batch):
            # A payload that was let go of since is not among the readings.
            if code in seen.readings:
                self._add(_foreseen(seen, code, named=named))

    def _add(self, one: Foreseen) -> None:
        self.outcomes[one.outcome] += 1
        if one.outcome is Outcome.QUARANTINED:
            self.reasons[one.reason] += 1
        kept = self.samples.setdefault(one.outcome, [])
        if len(kept) < self.most:
            kept.append(one)


def _foreseen(seen: Look, code: str, *, named: bool) -> Foreseen:
    reading, standing = seen.readings[code], seen.standings.get(code)
    outcome, reason = foreseen(reading, standing, change(reading, standing, named=named))
    was = standing.item.reason if standing and standing.item else ""
    made = reading.made
    if not isinstance(made, Article):
        return Foreseen(info_code=code, outcome=outcome, was=was, reason=reason)
    text = visible_text(made.body)
    return Foreseen(
        info_code=code,
        outcome=outcome,
        was=was,
        reason="",
        title=made.title,
        moment=made.moment,
        media=made.media,
        words=text if len(text) <= _WORDS else text[:_WORDS] + "…",
    )
