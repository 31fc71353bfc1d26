"""The calendar: each day by what is known of its completeness, a year at a time, and how many days are not complete."""

from __future__ import annotations

from calendar import Calendar
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from finews.schema.coverage import DayCoverage, coverage
from finews.schema.coverage_articles import DayArticle, MediaCoverage, articles_of_day, media_of_day
from finews.schema.coverage_days import days_known, kept_coverage, recount
from finews.schema.database import Database
from finews.schema.errors import UnknownNameError
from finews.schema.records import CHINA

_DAYS_AT_A_TIME: Final = 4
"""Stale days that are counted again for whoever looks: each costs some 30 ms, and runs leave none."""
_MARKS_AT_A_TIME: Final = 5000
_ONE_DAY: Final = timedelta(days=1)
_LONGEST_GAP: Final = 92
"""Days that are proposed for a backfill at most."""
LISTS: Final = ("missing", "quarantined", "waiting", "gone", "forgotten")
"""What of a day is listed article by article."""


class DayState(StrEnum):
    """What is known of a day, the first that holds. `complete` and `held` are what `DayCoverage` calls complete."""

    COMING = "coming"
    TODAY = "today"
    BEFORE = "before"
    """Before the first day that anything is known of."""
    MISSING = "missing"
    WAITING = "waiting"
    UNREAD = "unread"
    """Its whole list was never read after it was over: nobody knows whether it is complete."""
    HELD = "held"
    """All of it is here, some of it in quarantine."""
    COMPLETE = "complete"


GAPS: Final = frozenset({DayState.MISSING, DayState.WAITING, DayState.UNREAD})
"""States of a day that a backfill may mend."""


@dataclass(frozen=True, kw_only=True)
class Day:
    """A day of the calendar with its numbers."""

    numbers: DayCoverage
    state: DayState

    @property
    def day(self) -> date:
        """Which day it is."""
        return self.numbers.day

    @property
    def is_gap(self) -> bool:
        """Whether a backfill may mend it."""
        return self.state in GAPS


@dataclass(frozen=True, kw_only=True)
class Month:
    """A month as weeks from Monday to Sunday; None where a day is of another month."""

    first: date
    weeks: Sequence[Sequence[Day | None]]


@dataclass(frozen=True, kw_only=True)
class Year:
    """A year of the calendar, its newest month first, none to come; `earlier` and `later` are years to go on to.

    `uncounted` days have changed since they were counted.
    """

    year: int
    months: Sequence[Month]
    states: Mapping[DayState, int]
    earlier: int | None
    later: int | None
    uncounted: int


@dataclass(frozen=True, kw_only=True)
class Gaps:
    """The days that are over and not complete, since the first that anything is known of."""

    states: Mapping[DayState, int]
    first: date | None
    last: date | None

    @property
    def days(self) -> int:
        """How many they are."""
        return sum(self.states.values())


def state_of_day(numbers: DayCoverage, now: datetime, begin: date | None) -> DayState:
    """What is known of a day at `now`, where `begin` is the first day that anything is known of."""
    today = now.astimezone(CHINA).date()
    if numbers.day >= today:
        return DayState.TODAY if numbers.day == today else DayState.COMING
    if begin is None or numbers.day < begin:
        return DayState.BEFORE
    if numbers.missing or numbers.waiting:
        return DayState.MISSING if numbers.missing else DayState.WAITING
    if not numbers.is_complete(now):
        return DayState.UNREAD
    return DayState.HELD if numbers.quarantined else DayState.COMPLETE


def days_between(
    database: Database, first: date, last: date, *, now: datetime | None = None
) -> tuple[list[Day], int]:
    """Every day of the calendar from `first` to `last`, both included, and how many of all days are uncounted."""
    now = now or datetime.now(CHINA)
    with database.transaction() as connection:
        uncounted = recount(connection, most_days=_DAYS_AT_A_TIME, most_marks=_MARKS_AT_A_TIME)
        known = days_known(connection)
        found = {each.day: each for each in kept_coverage(connection, first, last)}
    begin = known[0] if known else None
    every = (first + _ONE_DAY * number for number in range((last - first).days + 1))
    numbers = (found.get(day, DayCoverage(day=day)) for day in every)
    return [Day(numbers=each, state=state_of_day(each, now, begin)) for each in numbers], uncounted


def year_of(database: Database, year: int, *, now: datetime | None = None) -> Year:
    """A year of the calendar; raises UnknownNameError for one that is to come."""
    now = (now or datetime.now(CHINA)).astimezone(CHINA)
    if year > now.year:
        raise UnknownNameError(f"year {year}", advice="It is to come")
    days, uncounted = days_between(database, date(year, 1, 1), date(year, 12, 31), now=now)
    with database.transaction() as connection:
        known = days_known(connection)
    by_day = {each.day: each for each in days}
    last = now.month if year == now.year else 12
    return Year(
        year=year,
        months=[
            Month(
                first=date(year, month, 1),
                weeks=[
                    [by_day[day] if day.month == month else None for day in week]
                    for week in _weeks(year, month)
                ],
            )
            for month in range(last, 0, -1)
        ],
        states=Counter(each.state for each in days),
        earlier=year - 1 if known and known[0].year < year else None,
        later=year + 1 if year < now.year else None,
        uncounted=uncounted,
    )


def _weeks(year: int, month: int) -> list[list[date]]:
    # The calendar's own days, without those of other months: year 1 and year 9999 have no neighbours.
    weeks = Calendar().monthdayscalendar(year, month)
    elsewhere = date(year, 1 if month > 1 else 2, 1)
    return [[date(year, month, day) if day else elsewhere for day in week] for week in weeks]


def gaps(database: Database, *, now: datetime | None = None) -> Gaps:
    """The days that a backfill may mend, for the overview: how many, by state, the first and the last."""
    now = (now or datetime.now(CHINA)).astimezone(CHINA)
    with database.transaction() as connection:
        known = days_known(connection)
        found = kept_coverage(connection, known[0], now.date() - _ONE_DAY) if known else []
    states: Counter[DayState] = Counter()
    ends: list[date] = []
    begin = before = known[0] - _ONE_DAY if known else now.date()
    for each in [*found, DayCoverage(day=now.date())]:
        # Days without a record were never read. One by one they might be very many: a code may name any year.
        if between := max(0, (each.day - before).days - 1):
            states[DayState.UNREAD] += between
            ends += [before + _ONE_DAY, each.day - _ONE_DAY]
        if (state := state_of_day(each, now, begin)) in GAPS:
            states[state] += 1
            ends.append(each.day)
        before = each.day
    return Gaps(states=states, first=min(ends, default=None), last=max(ends, default=None))


def gap_around(database: Database, day: date, *, now: datetime | None = None) -> tuple[date, date]:
    """The first and the last of the days around this one that follow each other and are not complete."""
    half = timedelta(days=_LONGEST_GAP // 2)
    first = day - min(half, day - date.min)
    days, _ = days_between(database, first, day + min(half, date.max - day), now=now)
    place = (day - first).days
    begin = end = place
    while begin > 0 and days[begin - 1].is_gap:
        begin -= 1
    while end + 1 < len(days) and days[end + 1].is_gap:
        end += 1
    return days[begin].day, days[end].day


@dataclass(frozen=True, kw_only=True)
class DayInDetail:
    """A day, counted now; its articles by media name."""

    day: Day
    media: Sequence[MediaCoverage]
    gap: tuple[date, date] | None
    """The gap that it is a part of."""


def day_in_detail(database: Database, day: date, *, now: datetime | None = None) -> DayInDetail:
    """A day with its numbers, media names, and the gap around it."""
    now = now or datetime.now(CHINA)
    with database.transaction() as connection:
        counted = coverage(connection, day, day)
        known = days_known(connection)
        media = media_of_day(connection, day)
    numbers = counted[0] if counted else DayCoverage(day=day)
    found = Day(numbers=numbers, state=state_of_day(numbers, now, known[0] if known else None))
    return DayInDetail(
        day=found, media=media, gap=gap_around(database, day, now=now) if found.is_gap else None
    )


def articles_standing(
    database: Database, day: date, standing: str, *, after: str = "", limit: int
) -> list[DayArticle]:
    """Those articles of a day that stand so, by their codes; raises UnknownNameError for a standing that is none."""
    if standing not in LISTS:
        raise UnknownNameError(f"list {standing}", advice=f"Lists are {', '.join(LISTS)}")
    with database.transaction() as connection:
        return articles_of_day(connection, day, standing, after=after, limit=limit)
