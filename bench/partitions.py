"""Would monthly partitions of events and payloads pay? Measures both ways on a PostgreSQL of its own, and prints.

    .venv/bin/python bench/partitions.py --rows 1000000

Two tables with the same columns and the same rows, one plain, one partitioned by month over two years: filled in
batches as a run fills them, asked what finews asks, and relieved of their oldest month.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Final

import psycopg

from finews.schema.embedded import embedded_server

BEGIN: Final = datetime(2024, 1, 1, tzinfo=UTC)
MONTHS: Final = 24
DAYS: Final = 730
BATCH: Final = 500
AN_ARTICLE: Final = 3
"""Events of an article, hours apart at most, as for most that are fetched once."""

EVENTS: Final = """
    id bigint generated always as identity, at timestamptz not null, info_code text not null,
    run_id bigint not null, stage text not null, outcome text, reason text not null default '',
    detail jsonb not null default '{}'"""
PAYLOADS: Final = """
    id bigint generated always as identity, at timestamptz not null, info_code text not null,
    part text not null, hash bytea not null, body bytea not null"""


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="events; a third as many payloads")
    rows = parser.parse_args().rows
    with (
        tempfile.TemporaryDirectory(prefix="finews-bench-", ignore_cleanup_errors=True) as folder,
        embedded_server(Path(folder)) as address,
        psycopg.connect(address, autocommit=True) as connection,
    ):
        version = connection.info.parameter_status("server_version")
        print(f"PostgreSQL {version}: {rows} events, {rows // AN_ARTICLE} payloads")
        for kind in ("plain", "by_month"):
            make(connection, "events", EVENTS, kind)
            make(connection, "payloads", PAYLOADS, kind)
        for kind in ("plain", "by_month"):
            told = measure_events(connection, f"events_{kind}", rows) | measure_payloads(
                connection, f"payloads_{kind}", rows // AN_ARTICLE
            )
            print(f"\n{kind}")
            for what, figure in told.items():
                print(f"  {what:58} {figure}")


def make(connection: psycopg.Connection[Any], name: str, columns: str, kind: str) -> None:
    """A table with the indexes that finews has on it, as far as they can be had."""
    parted = kind == "by_month"
    table = f"{name}_{kind}"
    # A key of a partitioned table has to hold the column by which it is partitioned.
    key = "primary key (id, at)" if parted else "primary key (id)"
    connection.execute(
        f"create table {table} ({columns}, {key}) {'partition by range (at)' if parted else ''}"
    )
    if parted:
        for number in range(MONTHS):
            first, last = month(number), month(number + 1)
            connection.execute(
                f"create table {table}_{number:02} partition of {table} for values from ('{first}') to ('{last}')"
            )
    if name == "events":
        connection.execute(f"create index on {table} (info_code, id)")
    else:
        connection.execute(
            f"create unique index on {table} (info_code, part, hash{', at' if parted else ''})"
        )


def month(number: int) -> str:
    """The first day of the month so many months after the beginning."""
    return f"{2024 + number // 12}-{number % 12 + 1:02}-01"


def codes(number: int) -> Iterator[tuple[datetime, str]]:
    """Articles in the order of their time: (time, infoCode)."""
    for place in range(number):
        at = BEGIN + timedelta(days=DAYS * place / number)
        yield at, f"NW{at:%Y%m%d%H%M}{place % 1_000_000:06}"


def measure_events(connection: psycopg.Connection[Any], table: str, rows: int) -> dict[str, str]:
    """Filling, tracing an article, one run's end, and the oldest month."""
    articles = list(codes(rows // AN_ARTICLE))
    lines = (
        (at + timedelta(seconds=step), code, place // 200, ("fetch", "load", "publish")[step], "new")
        for place, (at, code) in enumerate(articles)
        for step in range(AN_ARTICLE)
    )
    took = fill(connection, table, "at, info_code, run_id, stage, outcome", lines)
    connection.execute(f"vacuum analyze {table}")
    asked = random.Random(1).sample([code for _, code in articles], 2000)
    query = f"select stage, outcome, reason, at, run_id, detail from {table} where info_code = %s order by id"
    trace = each(lambda code: connection.execute(query, [code]).fetchall(), asked)
    wide = f"""
        select distinct on (info_code) info_code, outcome from {table} where info_code = any(%s) order by 1, id desc
        """
    many = each(lambda some: connection.execute(wide, [some]).fetchall(), in_parts(asked))
    return {
        "events: rows a second into it": f"{rows / took:,.0f}",
        "events of one article (trace)": f"{trace * 1000:.2f} ms",
        "events of 200 articles (a backfill hears its end)": f"{many * 1000:.2f} ms",
        "events: the oldest month goes, vacuum included": f"{relieve(connection, table):.2f} s",
    }


def measure_payloads(connection: psycopg.Connection[Any], table: str, rows: int) -> dict[str, str]:
    """Filling, a replay's reading by number, a second answer for an article, and the oldest month."""
    chance = random.Random(2)
    body = chance.randbytes(900)
    lines = ((at, code, "text", place.to_bytes(32), body) for place, (at, code) in enumerate(codes(rows)))
    took = fill(connection, table, "at, info_code, part, hash, body", lines)
    connection.execute(f"vacuum analyze {table}")
    numbers = [chance.sample(range(1, rows), 200) for _ in range(100)]
    by_number = f"select id, body from {table} where id = any(%s) order by id"
    read = each(lambda some: connection.execute(by_number, [some]).fetchall(), numbers)
    known = [code for _, code in chance.sample(list(codes(rows)), 1000)]
    newest = (
        f"select id from {table} where info_code = any(%s) and part <> 'post' order by info_code, at desc"
    )
    found = each(lambda some: connection.execute(newest, [some]).fetchall(), in_parts(known))
    return {
        "payloads: rows a second into it": f"{rows / took:,.0f}",
        "200 payloads by their numbers (replay)": f"{read * 1000:.2f} ms",
        "newest payloads of 200 articles": f"{found * 1000:.2f} ms",
        "payloads: the oldest month goes, vacuum included": f"{relieve(connection, table):.2f} s",
    }


def fill(connection: psycopg.Connection[Any], table: str, columns: str, lines: Iterator[Any]) -> float:
    """Writes lines in batches of one transaction each; returns the seconds that it took."""
    began = time.monotonic()
    while some := list(islice(lines, BATCH)):
        statement = f"copy {table} ({columns}) from stdin"
        with connection.transaction(), connection.cursor() as cursor, cursor.copy(statement) as sink:
            for line in some:
                sink.write_row(line)
    return time.monotonic() - began


def each(work: Callable[[Any], object], many: list[Any]) -> float:
    """Seconds that one of many calls takes, in the middle."""
    took = []
    for one in many:
        began = time.perf_counter()
        work(one)
        took.append(time.perf_counter() - began)
    return sorted(took)[len(took) // 2]


def in_parts(many: list[str], size: int = 200) -> list[list[str]]:
    """The same in lists of `size`."""
    return [many[start : start + size] for start in range(0, len(many), size)]


def relieve(connection: psycopg.Connection[Any], table: str) -> float:
    """Takes the oldest month away, by its partition or in batches as retention does; returns the seconds."""
    began = time.monotonic()
    if table.endswith("by_month"):
        connection.execute(f"drop table {table}_00")
    else:
        last = 0
        while True:
            gone = connection.execute(
                f"""
                delete from {table} where id in (
                    select id from {table} where id > %s and at < '{month(1)}' order by id limit 1000) returning id
                """,
                [last],
            ).fetchall()
            if not gone:
                break
            last = max(number for (number,) in gone)
        connection.execute(f"vacuum {table}")
    return time.monotonic() - began


if __name__ == "__main__":
    main()
