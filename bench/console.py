"""How fast the console's pages are answered over a million articles: time in the database, whole tables read.

    .venv/bin/python bench/console.py --articles 1000000

Fills a PostgreSQL of its own, with the settings that `finews` gives one, has the last articles indexed as the
console does it, and asks what each page asks, many times. `--folder` keeps the database for the next time. Figures
are printed, and written to `bench/results/console.json`.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import wraps
from pathlib import Path
from random import Random
from typing import Any, Final

import psutil
import psycopg

# The folder above is where `bench` is looked for, however this file is started.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.console_ledger import fill_ledger
from bench.console_queries import QUERIES, Ask, Stock
from bench.console_stock import Vocabulary, fill
from finews.flows.search_index import bring_up_to_date
from finews.schema.coverage_days import recount
from finews.schema.database import Database
from finews.schema.postgres_process import server_process
from finews.schema.search_texts import queue_all
from finews.schema.settings import Settings

RESULTS: Final = Path(__file__).parent / "results" / "console.json"
BIG: Final = 20_000
"""Rows from which on a table is big: nobody may read all of it."""
LIMIT: Final = 100.0
"""Milliseconds in the database within which 95 of 100 views have to be answered."""
TABLES: Final = (
    "articles",
    "search_texts",
    "links",
    "payloads",
    "events",
    "sightings",
    "securities",
    "quarantine",
    "listings",
    "revisions",
    "runs",
    "run_lines",
    "backfill_links",
)


def main() -> None:
    """Fills, measures, prints; ends with 1 where a page is too slow or reads a whole big table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--articles", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=100, help="views of each page")
    parser.add_argument("--folder", type=Path, help="where the database is kept; else it is thrown away")
    parser.add_argument("--only", default="", help="pages whose names hold this")
    wish = parser.parse_args()
    with ExitStack() as stack:
        folder = wish.folder or Path(
            stack.enter_context(
                tempfile.TemporaryDirectory(prefix="finews-bench-", ignore_cleanup_errors=True)
            )
        )
        database = stack.enter_context(Database(Settings.load(home=folder)))
        stock = stocked(database, Settings.load(home=folder), wish.articles)
        figures = {
            name: measured(stock, ask, wish.rounds) for name, ask in QUERIES.items() if wish.only in name
        }
        told = {"articles": counted(database), "pages": figures, "bytes": sizes(database), **about()}
        told["indexed_a_second"] = indexing(database)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    sys.exit(1 if shown(told) else 0)


def stocked(database: Database, settings: Settings, articles: int) -> Stock:
    """The filled database, as it was left or made now."""
    vocabulary = Vocabulary.made()
    if not counted(database):
        with psycopg.connect(database.address, autocommit=True) as connection:
            fill(connection, articles, vocabulary)
            fill_ledger(connection, articles)
            with database.transaction() as counting:
                recount(counting)
            connection.execute("vacuum analyze coverage_marks, coverage_days, quarantine")
    with database.transaction() as connection:
        codes = connection.execute(
            "select info_code from articles tablesample system (0.5) limit 5000"
        ).fetchall()
        others = connection.execute("select info_code from links where state <> 'done' limit 2000").fetchall()
    return Stock(
        database=database,
        settings=settings,
        vocabulary=vocabulary,
        codes=[code for (code,) in codes] or [code for (code,) in others],
        unsettled=[code for (code,) in others],
        chance=Random(5),
    )


def measured(stock: Stock, ask: Ask, rounds: int) -> Mapping[str, Any]:
    """p50, p95 and the slowest view, in milliseconds in the database; the whole view's p95; big tables read whole.

    `cpu` is what the server has computed for a view, in the mean: it does not depend on who else wants the cores.
    """
    before, computed = whole_reads(stock.database), server_cpu(stock.settings)
    inside, whole = [], []
    with timed_statements() as spent:
        for _ in range(rounds):
            spent[0] = 0.0
            began = time.perf_counter()
            ask(stock)
            whole.append(1000 * (time.perf_counter() - began))
            inside.append(1000 * spent[0])
    computed = server_cpu(stock.settings) - computed
    read = whole_reads(stock.database)
    return {
        "cpu": round(1000 * computed / rounds, 2),
        "p50": part(inside, 0.5),
        "p95": part(inside, 0.95),
        "most": part(inside, 1.0),
        "view_p95": part(whole, 0.95),
        "whole_tables": sorted(name for name, number in read.items() if number > before.get(name, 0)),
    }


@contextmanager
def timed_statements() -> Iterator[list[float]]:
    """Yields a list of one: the seconds that statements of this process have taken, results fetched."""
    spent, plain = [0.0], psycopg.Cursor.execute

    @wraps(plain)
    def execute(*given: Any, **named: Any) -> Any:
        began = time.perf_counter()
        try:
            return plain(*given, **named)
        finally:
            spent[0] += time.perf_counter() - began

    psycopg.Cursor.execute = execute  # type: ignore[method-assign]
    try:
        yield spent
    finally:
        psycopg.Cursor.execute = plain  # type: ignore[method-assign]


def whole_reads(database: Database) -> dict[str, int]:
    """Big table → how often it was read from one end to the other, as the server has counted."""
    with ExitStack() as stack:
        # Each connection tells what it has counted when it is asked; so all of them are.
        for _ in range(6):
            stack.enter_context(database.transaction()).execute("select pg_stat_force_next_flush()")
    with database.transaction() as connection:
        return dict(
            connection.execute(
                """
                select s.relname, seq_scan from pg_stat_user_tables s join pg_class c on c.oid = relid
                where reltuples > %s
                """,
                [BIG],
            ).fetchall()
        )


def server_cpu(settings: Settings) -> float:
    """Seconds that the server's processes have computed."""
    server = psutil.Process(server_process(settings.data / "postgres"))
    times = [each.cpu_times() for each in [server, *server.children()]]
    return sum(each.user + each.system for each in times)


def indexing(database: Database) -> float:
    """Articles a second that the console brings into the full index."""
    with database.transaction() as connection:
        queue_all(connection)
        connection.execute("delete from search_queue where id > (select min(id) + 3000 from search_queue)")
    began = time.perf_counter()
    return round(bring_up_to_date(database) / (time.perf_counter() - began), 1)


def counted(database: Database) -> int:
    """Articles in the database."""
    with database.transaction() as connection:
        row = connection.execute("select count(*) from articles").fetchone()
        assert row is not None
        return int(row[0])


def sizes(database: Database) -> Mapping[str, int]:
    """Table or index → bytes an article."""
    with database.transaction() as connection:
        rows = connection.execute(
            """
            select name, pg_total_relation_size(name::regclass) / (select count(*) from articles)
            from unnest(%s::text[]) as name
            union all
            select 'search_texts_by_keys', pg_relation_size('search_texts_by_keys') / (select count(*) from articles)
            """,
            [list(TABLES)],
        )
        return dict(rows.fetchall())


def about() -> Mapping[str, Any]:
    """The machine, as far as it matters, and how many others want its cores."""
    return {
        "cores": psutil.cpu_count(),
        "load": os.getloadavg()[0],
        "memory": psutil.virtual_memory().total,
        "python": platform.python_version(),
    }


def part(some: list[float], share: float) -> float:
    """The value that so great a share of them does not exceed."""
    ordered = sorted(some)
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 2)


def shown(told: Mapping[str, Any]) -> bool:
    """Prints the figures; returns whether something is wrong with them."""
    print(
        f"{told['articles']:,} articles, {told['cores']} cores, load {told['load']:.1f}; milliseconds in the database"
    )
    print(f"{'page':44}{'p50':>9}{'p95':>9}{'most':>9}{'cpu':>9}{'view p95':>10}")
    wrong = False
    for name, each in told["pages"].items():
        amiss = each["whole_tables"] or each["p95"] > LIMIT
        wrong |= bool(amiss)
        note = f"  reads all of {', '.join(each['whole_tables'])}" if each["whole_tables"] else ""
        note += "  too slow" if each["p95"] > LIMIT else ""
        figures = "".join(f"{each[column]:9.2f}" for column in ("p50", "p95", "most", "cpu"))
        print(f"{name:44}{figures}{each['view_p95']:10.2f}{note}")
    print("bytes an article: " + ", ".join(f"{name} {size:,}" for name, size in told["bytes"].items()))
    print(f"the console indexes {told['indexed_a_second']} articles a second")
    return wrong


if __name__ == "__main__":
    main()
