"""What the pages of quarantine, coverage, backfills, feeds and mirrors, and actions ask of the database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from random import Random
from typing import Any, Final

from bench.console_stock import DAYS, FIRST
from finews.flows.backfill_desk import articles_in, chunks_in, standings_before, told_of
from finews.flows.coverage_calendar import articles_standing, day_in_detail, gap_around, gaps, year_of
from finews.flows.feeds import feed_now, feeds_now
from finews.flows.mirror_view import DAY, mirror_now, mirrors_now
from finews.flows.quarantine_groups import groups_of, items_of, shelf
from finews.flows.quarantine_item import view_item
from finews.schema.actions import actions_before, names_in_actions
from finews.schema.database import Database
from finews.schema.quarantine import count_sieved
from finews.schema.records import FEEDS, Outcome
from finews.schema.replayable import Selection, count_replayable, next_replayable
from finews.schema.settings import Settings
from finews.schema.sieve import Sieve

_WEEK: Final = timedelta(days=7)
_A_PAGE: Final = 51
_REASON: Final = Sieve(reason="title_missing")
_A_BACKFILL: Final = 1
"""The one of every article that the bench fills in."""

Ask = Callable[[Database, Settings, Random], object]


def _asked(database: Database, ask: Callable[[Any], object]) -> object:
    with database.transaction() as connection:
        return ask(connection)


def _some_day(chance: Random) -> date:
    return (FIRST + timedelta(days=chance.randrange(DAYS))).date()


PAGES: Final[Mapping[str, Ask]] = {
    "quarantine": lambda d, _s, _r: shelf(d, Sieve()),
    "quarantine: a reason": lambda d, _s, _r: shelf(d, _REASON),
    "quarantine: its groups": lambda d, _s, _r: groups_of(d, Sieve()),
    "quarantine: a media that is not there": lambda d, _s, _r: items_of(d, Sieve(media="无此报")),
    "quarantine: a day": lambda d, _s, r: items_of(d, Sieve(day=_some_day(r))),
    "quarantine: a version without any": lambda d, _s, _r: items_of(d, Sieve(normaliser=7)),
    "quarantine: what was discarded": lambda d, _s, _r: items_of(d, Sieve(discarded=True)),
    "quarantine: one article": lambda d, s, r: view_item(
        d, s, r.choice(items_of(d, Sieve(), most=100)).info_code
    ),
    "quarantine: how many, before a deed": lambda d, _s, _r: _asked(d, lambda c: count_sieved(c, _REASON)),
    "quarantine: how many can be replayed": lambda d, _s, _r: _asked(
        d, lambda c: count_replayable(c, Selection.of(_REASON))
    ),
    "quarantine: the first 300 to preview": lambda d, _s, _r: _asked(
        d, lambda c: next_replayable(c, Selection.of(_REASON), "", most=300)
    ),
    "coverage: a year": lambda d, _s, r: year_of(d, _some_day(r).year),
    "coverage: a day": lambda d, _s, r: day_in_detail(d, _some_day(r)),
    "coverage: what a day lacks": lambda d, _s, r: articles_standing(
        d, _some_day(r), "missing", after="", limit=_A_PAGE
    ),
    "coverage: the gap around a day": lambda d, _s, r: gap_around(d, _some_day(r)),
    "coverage: how many gaps": lambda d, _s, _r: gaps(d),
    "backfills": lambda d, _s, _r: standings_before(d, None, _A_PAGE),
    "backfill: of every article": lambda d, s, _r: told_of(d, s, _A_BACKFILL),
    "backfill: what is left of it": lambda d, _s, _r: articles_in(d, _A_BACKFILL, None, limit=_A_PAGE),
    "backfill: what it brought, deep": lambda d, _s, r: articles_in(
        d, _A_BACKFILL, Outcome.NEW, after=f"NW{_some_day(r):%Y%m%d}", limit=_A_PAGE
    ),
    "backfill: its chunks": lambda d, _s, _r: chunks_in(d, _A_BACKFILL, limit=_A_PAGE),
    "feeds": lambda d, _s, _r: feeds_now(d),
    "feed": lambda d, _s, r: feed_now(d, r.choice(FEEDS), _WEEK),
    "mirrors": lambda d, s, _r: mirrors_now(d, s, DAY),
    "mirror": lambda d, s, _r: mirror_now(d, s, "1", _WEEK),
    "actions": lambda d, _s, _r: _asked(d, lambda c: actions_before(c, None, _A_PAGE)),
    "actions: what to filter by": lambda d, _s, _r: _asked(d, names_in_actions),
}
"""Name → what a view of the page asks for."""
