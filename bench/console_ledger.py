"""What the overview and the ledger's pages ask of the database, and a ledger of a year to ask it of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from random import Random
from typing import Any, Final

from psycopg import Connection

from bench.console_stock import DAYS, FIRST
from finews.flows.overview import overview
from finews.flows.runs import articles_of, choices, ledger, run_of, said_by
from finews.schema.database import Database
from finews.schema.last_day import freshness_by_hour, media_by_hour
from finews.schema.run_pages import RunFilter
from finews.schema.settings import Settings
from finews.schema.watermarks import watermarks

_RUNS_AN_ARTICLE: Final = 0.5
"""A poll a minute of two years, beside a million articles."""
_PAGE: Final = 51

Ask = Callable[[Database, Settings, Random], object]


def fill_ledger(connection: Connection[Any], articles: int) -> None:
    """Adds polls that went well, and few of all else, with their lines; one run that ended very many articles."""
    number = int(articles * _RUNS_AN_ARTICLE)
    connection.execute(
        """
        insert into runs (kind, reason, host, pid, started_at, ended_at, state, counts)
        select case n %% 60 when 0 then 'publish' when 1 then 'retry' when 2 then 'recheck' else 'poll' end,
               case when n %% 500 = 0 then 'by hand' else 'schedule' end, 'bench', n, at, at + interval '3 s',
               case n %% 5000 when 0 then 'broken' when 1 then 'skipped' else 'ended' end,
               case when n %% 200 = 0 then '{"new": 2, "failed": 1}' else '{"new": 3, "failed": 0}' end::jsonb
        from (select n, now() - n * interval '1 minute' as at from generate_series(%s, 1, -1) n) as them
        """,
        [number],
    )
    connection.execute(
        """
        insert into run_lines (run_id, number, at, level, line)
        select id, n, started_at, 'info', 'fetching: 3 of 3' from runs, generate_series(1, 3) n
        where started_at > now() - interval '90 days'
        """
    )
    connection.execute(
        """
        insert into events (info_code, run_id, stage, outcome, at)
        select info_code, (select max(id) from runs), 'load',
               case when random() < 0.01 then 'gone' else 'unchanged' end, now()
        from articles limit %s
        """,
        [articles // 4],
    )
    _fill_backfill(connection)
    connection.execute("vacuum analyze runs, run_lines, events")


def _fill_backfill(connection: Connection[Any]) -> None:
    """One backfill of every article, which has come nine tenths of its way."""
    connection.execute(
        """
        insert into backfills (wish, force, asked_by, changed_by, state)
        values ('{"from": "2024-01-01", "to": "2025-12-31"}', false, 'bench', 'bench', 'running')
        """
    )
    connection.execute(
        """
        insert into backfill_chunks (backfill_id, number, state)
        select (select max(id) from backfills), n, 'listed'
        from generate_series(0, (select count(*)::int / 1000 from articles)) n
        """
    )
    connection.execute(
        """
        insert into backfill_links (backfill_id, info_code, chunk, day, outcome)
        select (select max(id) from backfills), info_code, n / 1000, moment::date,
               case when n % 10 > 0 then 'new' end
        from (select info_code, moment, row_number() over (order by info_code) - 1 as n from articles) as them
        """
    )
    connection.execute("vacuum analyze backfills, backfill_chunks, backfill_links, backfill_counts")


def _newest(database: Database) -> int:
    return ledger(database, RunFilter(), before=None, limit=1)[0].id


def _page(database: Database, chance: Random, *, deep: bool = False, **wanted: Any) -> object:
    before = chance.randrange(1, _newest(database)) if deep else None
    return ledger(database, RunFilter(**wanted), before=before, limit=_PAGE)


def _day(database: Database, chance: Random, look: Callable[[Any, Any, Any], object]) -> object:
    since = FIRST + timedelta(days=chance.randrange(DAYS - 1))
    with database.transaction() as connection:
        return look(connection, since, since + timedelta(days=1))


def _marks(database: Database) -> object:
    with database.transaction() as connection:
        return watermarks(connection)


def _articles(
    database: Database, run: int, outcome: str = "", after: tuple[str, int] | None = None
) -> object:
    return articles_of(database, run, outcome, after=after, limit=_PAGE)


LEDGER: Final[Mapping[str, Ask]] = {
    "overview": lambda d, s, _: overview(d, s),
    "overview: a day of media": lambda d, _, r: _day(d, r, media_by_hour),
    "overview: a day of freshness": lambda d, _, r: _day(d, r, freshness_by_hour),
    "live: what has changed": lambda d, _s, _r: _marks(d),
    "runs: the newest": lambda d, _, r: _page(d, r),
    "runs: deep": lambda d, _, r: _page(d, r, deep=True),
    "runs: a kind, deep": lambda d, _, r: _page(d, r, deep=True, kind="publish"),
    "runs: a kind that is not there": lambda d, _, r: _page(d, r, kind="import"),
    "runs: broken, deep": lambda d, _, r: _page(d, r, deep=True, state="broken"),
    "runs: with trouble, deep": lambda d, _, r: _page(d, r, deep=True, trouble=True),
    "runs: with trouble, a kind": lambda d, _, r: _page(d, r, trouble=True, kind="retry"),
    "runs: a reason and a kind": lambda d, _, r: _page(d, r, reason="by hand", kind="publish"),
    "runs: what to filter by": lambda d, _s, _r: choices(d),
    "run": lambda d, _, r: run_of(d, r.randrange(1, _newest(d))),
    "run: what it said": lambda d, _, r: said_by(d, r.randrange(1, _newest(d)), after=0, limit=201),
    "run: its articles": lambda d, _, r: _articles(d, r.randrange(1, _newest(d))),
    "run: very many articles": lambda d, _s, _r: _articles(d, _newest(d)),
    "run: very many articles, an outcome": lambda d, _s, _r: _articles(d, _newest(d), "gone"),
    "run: very many articles, deep": lambda d, _s, _r: _articles(d, _newest(d), after=("unchanged", 0)),
}
"""Name → what a view of the page asks for."""
