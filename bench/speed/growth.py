"""Growth: articles a second into a database that holds many already, beside an empty one."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, LiteralString

import psycopg
from psycopg import Connection

from bench.speed.crawling import WIDE
from bench.speed.figures import Figure, side_by_side
from bench.speed.home import Home
from bench.speed.ingesting import ingested, ingested_into
from bench.speed.source import Source
from finews.schema.embedded import embedded_server

SIZES: Final = (100_000, 1_000_000, 5_000_000)
TARGETS: Final = {1_000_000: 0.85, 5_000_000: 0.75}
_STEP: Final = 250_000
"""Rows a transaction of the filling."""
_TABLES: Final = ("links", "payloads", "articles", "events", "securities", "sightings")
_CODE: LiteralString = (
    "'NW' || to_char(date '2021-01-01' + (n / 2700)::int, 'YYYYMMDD') || lpad(n::text, 10, '0')"
)
"""Some 2,700 articles a day, the days in the order of the numbers: five million are five years."""
_MOMENT: LiteralString = "timestamptz '2021-01-01 00:00+08' + n * interval '32 s'"
_NUMBERS: LiteralString = "generate_series(%(first)s::int8, %(last)s::int8) n"
_FILLING: Final[tuple[LiteralString, ...]] = (
    f"""
    insert into links (info_code, state, discovered_at, due_at)
    select {_CODE}, 'done', {_MOMENT}, {_MOMENT} from {_NUMBERS}
    """,
    f"""
    insert into payloads (id, info_code, part, url, status, content_type, fetched_at, last_seen_at, run_id, hash,
                          size, codec, body)
    overriding system value
    select n + %(shift)s, {_CODE}, 'text', 'http://127.0.0.1/x', 200, 'application/json', {_MOMENT}, {_MOMENT}, %(run)s,
           sha256(n::text::bytea), 1200, 'zlib', decode(repeat(md5(n::text), 40), 'hex')
    from {_NUMBERS}
    """,
    f"""
    insert into articles (info_code, rolling, path, category, media, title, moment, body, digest, link, content_hash,
                          normaliser, payload_id, first_run, loaded_at, published_revision, published_hash, text_hash,
                          published_file, published_at)
    select {_CODE}, false, '_posts/' || n || '.md', 'bench', 'bench', 'title ' || n, {_MOMENT},
           '<p>' || repeat(md5(n::text), 40) || '</p>', '', '', sha256(n::text::bytea), 1, n + %(shift)s, %(run)s,
           {_MOMENT}, 1,
           sha256(n::text::bytea), decode(md5(n::text), 'hex'), 'bench:' || n, {_MOMENT}
    from {_NUMBERS}
    """,
    f"""
    insert into events (at, info_code, run_id, stage, outcome)
    select {_MOMENT}, {_CODE}, %(run)s, stage, case stage when 'load' then 'new' end
    from {_NUMBERS}, unnest(array['fetch', 'load']) stage
    """,
    f"""
    insert into securities (info_code, market, code, name)
    select {_CODE}, '1', (600000 + n %% 5000)::text, 'bench' from {_NUMBERS} where n %% 2 = 0
    """,
    f"""
    insert into sightings (info_code, feed, seen_at, run_id, title, moment, media, digest, url)
    select {_CODE}, '37', {_MOMENT}, %(run)s, 'title ' || n, {_MOMENT}, 'bench', '', '' from {_NUMBERS}
    """,
)


def growth(source: Source, folder: Path, *, articles: int, rounds: int) -> list[Figure]:
    """Articles a second of an `ingest` at each size, in turn with one into an empty database.

    Rows go straight into PostgreSQL, without posts on disk and without the console's index, which `ingest` does not
    write either.
    """
    home = Home(folder=folder / "growth", base=source.base, settings={"concurrency": str(WIDE)}).prepared()
    figures, filled, first = [], 0, 0
    for size in SIZES:
        fill(folder / "growth/home", filled, size)
        filled = size
        starts = iter(range(first, first + rounds * articles, articles))
        ours, beside, ratios = side_by_side(
            lambda starts=starts: ingested_into(home, source, articles, first=next(starts)),  # type: ignore[misc]
            lambda: ingested(source, source.base, folder, articles),
            rounds=rounds,
        )
        first += rounds * articles
        figures.append(
            Figure(
                stage="growth",
                what=f"ingest with {size:,} articles there already",
                unit="articles/s",
                ours=ours,
                limit="the same into an empty database",
                beside=beside,
                ratios=ratios,
                target=TARGETS.get(size),
            )
        )
    return figures


def fill(data: Path, there: int, wanted: int) -> None:
    """Brings a database from so many generated articles to so many; the server of the data folder runs meanwhile."""
    with embedded_server(data) as address, psycopg.connect(address, autocommit=True) as connection:
        connection.execute("set synchronous_commit = off")
        _triggers(connection, on=False)
        run = connection.execute(
            """
            insert into runs (kind, host, pid, state, ended_at) values ('ingest', 'bench', 0, 'ended', now())
            returning id
            """
        ).fetchone()
        assert run is not None
        # Payloads that were ingested since have taken the numbers that would come next.
        shift = connection.execute("select coalesce(max(id), 0) - %s from payloads", [there]).fetchone()
        assert shift is not None
        for first in range(there + 1, wanted + 1, _STEP):
            last = min(wanted, first + _STEP - 1)
            with connection.transaction():
                for statement in _FILLING:
                    connection.execute(
                        statement, {"first": first, "last": last, "run": run[0], "shift": shift[0]}
                    )
        connection.execute("select setval('payloads_id_seq', (select max(id) from payloads))")
        _triggers(connection, on=True)
        connection.execute("vacuum analyze")


def _triggers(connection: Connection[Any], *, on: bool) -> None:
    """The filling knows that its rows fit together, and is half as long without the checks."""
    for table in _TABLES:
        connection.execute(
            psycopg.sql.SQL("alter table {} {} trigger all").format(
                psycopg.sql.Identifier(table), psycopg.sql.SQL("enable" if on else "disable")
            )
        )
