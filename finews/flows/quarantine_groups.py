"""Quarantine in one look: how many for which reason, since when, and whether it grows; and one page of the items."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from finews.schema.database import Database
from finews.schema.quarantine import sieved
from finews.schema.quarantine_view import (
    HOURS,
    Kept,
    ReplayRun,
    along_indexes,
    arrivals,
    count_discarded,
    kept_by_reason,
    media_in_quarantine,
    replay_run,
    seen_at,
    titles_of,
)
from finews.schema.records import QuarantineItem, Record
from finews.schema.sieve import Sieve

PAGE: Final = 50
"""Items of a page."""
Place = tuple[datetime, str]
"""Behind which item a page begins: its time and infoCode."""


@dataclass(frozen=True, kw_only=True)
class Group(Record):
    """What is there for one reason.

    `stages` and `normalisers` say how many each kept back; `hours` how many came in each of the last 24 hours, the
    oldest first; `day_before` how many of those that are there came in the 24 hours before.
    """

    reason: str
    count: int
    stages: Mapping[str, int]
    normalisers: Mapping[int, int]
    oldest: datetime
    newest: datetime
    last_day: int
    day_before: int
    hours: Sequence[int]


@dataclass(frozen=True, kw_only=True)
class Shelf(Record):
    """Quarantine through a sieve: its groups whatever the reason, and a page of what the sieve leaves.

    `at` is when it was looked at; `count` is how many the sieve leaves, `following` the place of the next page.
    """

    groups: Sequence[Group]
    count: int
    items: Sequence[QuarantineItem]
    following: Place | None
    at: datetime
    media: Sequence[tuple[str, int]]
    normalisers: Sequence[int]
    discarded: int
    run: ReplayRun | None


def groups_of(database: Database, sieve: Sieve) -> list[Group]:
    """What a sieve leaves by reason, those with most first."""
    with database.transaction() as connection:
        along_indexes(connection)
        return _groups(kept_by_reason(connection, sieve), arrivals(connection, sieve, seen_at(connection)))


def items_of(
    database: Database, sieve: Sieve, *, after: Place | None = None, most: int = PAGE
) -> list[QuarantineItem]:
    """Up to `most` of what a sieve leaves, newest first."""
    with database.transaction() as connection:
        along_indexes(connection)
        return _titled(connection, sieved(connection, sieve, after=after, most=most))


def shelf(database: Database, sieve: Sieve, *, after: Place | None = None, run: int | None = None) -> Shelf:
    """All that the page of quarantine shows; `run` is a replay to be shown beside it."""
    whatever = replace(sieve, reason=None)
    with database.transaction() as connection:
        along_indexes(connection)
        at = seen_at(connection)
        kept, hours = kept_by_reason(connection, whatever), arrivals(connection, whatever, at)
        items = sieved(connection, sieve, after=after, most=PAGE + 1)
        shown = _titled(connection, items[:PAGE])
        media = media_in_quarantine(connection)
        discarded = count_discarded(connection)
        replayed = replay_run(connection, run) if run else None
    groups = _groups(kept, hours)
    return Shelf(
        groups=groups,
        count=sum(each.count for each in groups if sieve.reason in (None, each.reason)),
        items=shown,
        following=(shown[-1].at, shown[-1].info_code) if len(items) > PAGE else None,
        at=at,
        media=media,
        normalisers=sorted({each.normaliser for each in kept}),
        discarded=discarded,
        run=replayed,
    )


def _titled(connection: Any, items: Sequence[QuarantineItem]) -> list[QuarantineItem]:
    """The items with the titles by which others know them, where they have one."""
    known = titles_of(connection, [each.info_code for each in items])
    return [replace(each, title=known.get(each.info_code, each.title)) for each in items]


def _groups(kept: Sequence[Kept], hours: Mapping[str, Sequence[int]]) -> list[Group]:
    by_reason: dict[str, list[Kept]] = {}
    for each in kept:
        by_reason.setdefault(each.reason, []).append(each)
    groups = [
        _group(reason, parts, hours.get(reason, [0] * 2 * HOURS)) for reason, parts in by_reason.items()
    ]
    return sorted(groups, key=lambda each: (-each.count, each.reason))


def _group(reason: str, parts: Sequence[Kept], hours: Sequence[int]) -> Group:
    stages: Counter[str] = Counter()
    normalisers: Counter[int] = Counter()
    for each in parts:
        stages[each.stage] += each.count
        normalisers[each.normaliser] += each.count
    return Group(
        reason=reason,
        count=sum(each.count for each in parts),
        stages=stages,
        normalisers=normalisers,
        oldest=min(each.oldest for each in parts),
        newest=max(each.newest for each in parts),
        last_day=sum(hours[HOURS:]),
        day_before=sum(hours[:HOURS]),
        hours=hours[HOURS:],
    )
