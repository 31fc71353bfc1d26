"""`retention`: old payloads take less room or none, old events are rolled up; in small transactions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

from finews.flows.normalise import VERSION
from finews.flows.pipeline import Pipeline
from finews.schema.errors import BusyError
from finews.schema.ledger import note_detail
from finews.schema.payloads import StoredPayload, in_batches
from finews.schema.retention import (
    OldPayloads,
    Saved,
    drop_payloads,
    make_dictionaries,
    pack_payloads,
    would_save,
)
from finews.schema.rollup import count_events, next_to_roll_up, roll_up
from finews.schema.settings import Settings

KIND: Final = "retention"
_PAGE: Final = 2000
"""Payloads that are looked up at a time; they are changed in batches of 200, each a transaction."""
_ARTICLES: Final = 500
"""Articles whose events are merged in one transaction."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What a retention came to: payloads packed and let go of, bytes less of them, events that went."""

    packed: int = 0
    dropped: int = 0
    bytes: int = 0
    events: int = 0
    event_bytes: int = 0
    dry_run: bool = False

    def as_json(self) -> dict[str, Any]:
        """The object that `--json` prints, but for the number of the run."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Terms:
    """Before when a payload and an event is old, and what becomes of payloads; None: nothing is ever old."""

    payloads: datetime | None
    events: datetime | None
    drop: bool

    @classmethod
    def of(cls, settings: Settings, now: datetime | None = None) -> Terms:
        """What the settings say at `now`."""
        moment = now or datetime.now(UTC)

        def before(days: int | None) -> datetime | None:
            return None if days is None else moment - timedelta(days=days)

        kept = settings.old_payloads == "keep"
        return cls(
            payloads=None if kept else before(settings.keep_payloads),
            events=before(settings.keep_events),
            drop=settings.old_payloads == "drop",
        )

    @property
    def idle(self) -> bool:
        """Whether the settings have everything kept for ever."""
        return self.payloads is None and self.events is None

    def old_payloads(self) -> OldPayloads | None:
        """Which payloads are to become smaller."""
        if self.payloads is None:
            return None
        which = OldPayloads.to_drop if self.drop else OldPayloads.to_pack
        return which(self.payloads, VERSION)


def look_ahead(pipeline: Pipeline, terms: Terms) -> Kept:
    """What `retain` would do now, for packing by samples; nothing is written."""
    old = terms.old_payloads()
    with pipeline.database.transaction() as connection:
        saved = Saved()
        if old and terms.drop:
            number, size = old.count(connection)
            saved = Saved(payloads=number, bytes=size)
        elif old:
            saved = would_save(connection, old)
        events = count_events(connection, terms.events) if terms.events else (0, 0)
    return _told(terms, saved, *events, dry_run=True)


def retain(pipeline: Pipeline, terms: Terms, *, reason: str = "") -> tuple[int, Kept]:
    """Does what the terms say; returns the number of its run and what it came to.

    A batch is a transaction: what was done stays done when it is interrupted, and the next run does the rest.
    Raises BusyError where another one is at it.
    """
    with pipeline.database.slot(KIND) as ours:
        if not ours:
            raise BusyError(
                "another retention is running", advice="It does the same; nothing is lost by waiting"
            )
        words = _words(pipeline.settings)
        with pipeline.run(KIND, f"{reason}: {words}" if reason else words) as run:
            # Events first: it is by their links' rest that both are told to be old.
            gone, size = _roll_up(pipeline, terms.events) if terms.events else (0, 0)
            old = terms.old_payloads()
            saved = _shrink(pipeline, old, drop=terms.drop) if old else Saved()
            kept = _told(terms, saved, gone, size)
            with pipeline.database.transaction() as connection:
                note_detail(connection, run.number, retention=kept.as_json())
    return run.number, kept


def _shrink(pipeline: Pipeline, old: OldPayloads, *, drop: bool) -> Saved:
    total = Saved()
    with pipeline.database.transaction() as connection:
        pipeline.progress.begin(
            "letting go of payloads" if drop else "packing payloads", old.count(connection)[0]
        )
        if not drop:
            make_dictionaries(connection, old)
    work = drop_payloads if drop else pack_payloads
    for batch in _batches(pipeline, old):
        total += pipeline.lasting(partial(_changed, pipeline, work, old, batch))
        pipeline.progress.advance(len(batch))
    return total


def _changed(
    pipeline: Pipeline, work: Callable[..., Saved], old: OldPayloads, batch: list[StoredPayload]
) -> Saved:
    with pipeline.database.transaction() as connection:
        return work(connection, old, [each.id for each in batch])


def _batches(pipeline: Pipeline, old: OldPayloads) -> Iterator[list[StoredPayload]]:
    after = 0
    while page := pipeline.lasting(partial(_page, pipeline, old, after)):
        yield from in_batches(page)
        after = page[-1].id


def _page(pipeline: Pipeline, old: OldPayloads, after: int) -> list[StoredPayload]:
    with pipeline.database.transaction() as connection:
        return old.after(connection, after, _PAGE)


def _roll_up(pipeline: Pipeline, before: datetime) -> tuple[int, int]:
    with pipeline.database.transaction() as connection:
        number, size = count_events(connection, before)
    pipeline.progress.begin("rolling up events", number)
    gone, after = 0, ""
    while codes := pipeline.lasting(partial(_articles, pipeline, before, after)):
        merged = pipeline.lasting(partial(_merged, pipeline, before, codes))
        pipeline.progress.advance(merged)
        gone, after = gone + merged, codes[-1]
    return gone, round(size * gone / number) if number else 0


def _articles(pipeline: Pipeline, before: datetime, after: str) -> list[str]:
    with pipeline.database.transaction() as connection:
        return next_to_roll_up(connection, before, after, _ARTICLES)


def _merged(pipeline: Pipeline, before: datetime, codes: list[str]) -> int:
    with pipeline.database.transaction() as connection:
        return roll_up(connection, before, codes)


def _told(terms: Terms, saved: Saved, events: int, size: int, *, dry_run: bool = False) -> Kept:
    return Kept(
        packed=0 if terms.drop else saved.payloads,
        dropped=saved.payloads if terms.drop else 0,
        bytes=saved.bytes,
        events=events,
        event_bytes=size,
        dry_run=dry_run,
    )


def _words(settings: Settings) -> str:
    return (
        f"payloads: {settings.old_payloads} after {_days(settings.keep_payloads)}, "
        f"events: {_days(settings.keep_events)}"
    )


def _days(days: int | None) -> str:
    return "for ever" if days is None else f"{days} days"
