"""What the pages of quarantine ask of a database with a million articles, 100,000 of them in quarantine; prints it.

    .venv/bin/python bench/quarantine.py --articles 1000000 --kept 100000

Times are of the queries alone, over and over on a warm database. `scanned` names big tables that were read from end
to end: there should be none.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final, LiteralString

import psycopg

from finews.flows.quarantine_groups import groups_of, items_of, shelf
from finews.flows.quarantine_item import view_item
from finews.schema.database import Database
from finews.schema.quarantine import count_sieved
from finews.schema.replayable import Selection, count_replayable, next_replayable
from finews.schema.settings import Settings
from finews.schema.sieve import Sieve

BIG: Final = ("articles", "events", "links", "listings", "payloads", "quarantine", "sightings")
ROUNDS: Final = 30
_CODE: LiteralString = (
    "'NW' || to_char(date '2021-01-01' + (n / 1000)::int, 'YYYYMMDD') || lpad(n::text, 10, '0')"
)
_MEDIA: LiteralString = "'样本报' || (n::int8 * 7919) %% 200"
_KEPT: LiteralString = "n %% (%(articles)s / %(kept)s) = 0"
_FILL: tuple[LiteralString, ...] = (
    "insert into runs (kind, host, pid, state, ended_at) values ('stock', 'bench', 1, 'ended', now())",
    f"""insert into links (info_code, state)
        select {_CODE}, case when {_KEPT} then 'quarantined' else 'done' end
        from generate_series(1, %(articles)s) n""",
    f"""insert into payloads (info_code, part, url, status, content_type, fetched_at, last_seen_at, run_id, hash, size,
                              codec, body)
        select {_CODE}, 'text', 'http://mirror.example/', 200, 'application/json', now(), now(), 1,
               sha256(n::text::bytea), 30, 'zlib', %(body)s
        from generate_series(1, %(articles)s) n""",
    f"""insert into articles (info_code, rolling, path, category, media, title, moment, body, digest, link,
                              content_hash, normaliser, payload_id, first_run, published_revision)
        select {_CODE}, false, '_posts/' || n, 'x', {_MEDIA}, '样本公司发布第' || n || '号公告',
               timestamptz '2021-01-01 00:00+08' + n * interval '86 seconds', '<p>正文</p>', '', '',
               sha256(n::text::bytea), 1, p.id, 1, 1
        from generate_series(1, %(articles)s) n join payloads p on p.info_code = {_CODE} where not {_KEPT}""",
    f"""insert into sightings (info_code, feed, run_id, title, moment, media, digest, url)
        select {_CODE}, '37', 1, '样本公司发布第' || n || '号公告', now(), {_MEDIA}, '', ''
        from generate_series(1, %(articles)s) n""",
    f"""insert into listings (info_code, feed, day, title, moment, media, digest, url)
        select {_CODE}, 'search', date '2021-01-01' + (n / 1000)::int, '样本公司发布第' || n || '号公告', now(),
               {_MEDIA}, '', ''
        from generate_series(1, %(articles)s) n""",
    f"""insert into events (info_code, run_id, stage, outcome)
        select {_CODE}, 1, 'load', 'new' from generate_series(1, %(articles)s) n""",
    f"""insert into quarantine (info_code, stage, reason, at, payload_id, normaliser, media, day, discarded_at,
                                discarded_by, discarded_why)
        select {_CODE}, (array['normalise', 'fetch'])[1 + n %% 2],
               (array['body_empty', 'title_missing', 'title_missing', 'not_json', 'media_missing'])[1 + n / 10 %% 5],
               now() - n * interval '7 seconds', p.id, n / 10 %% 2, {_MEDIA}, date '2021-01-01' + (n / 1000)::int,
               case when n %% 9 = 0 then now() end, 'bench', 'x'
        from generate_series(1, %(articles)s) n join payloads p on p.info_code = {_CODE} where {_KEPT}""",
)


def main() -> None:
    """Fills, measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=1_000_000)
    parser.add_argument("--kept", type=int, default=100_000)
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="finews-bench-", ignore_cleanup_errors=True) as folder,
        Database(Settings.load(home=Path(folder), database_url=None)) as database,
    ):
        began = time.monotonic()
        fill(database.address, given.articles, given.kept)
        print(
            f"{given.articles} articles, {given.kept} in quarantine, made in {time.monotonic() - began:.0f} s"
        )
        for what, ask in questions(database):
            report(database.address, what, ask)


def fill(address: str, articles: int, kept: int) -> None:
    """Puts articles straight into the database, every so manieth into quarantine."""
    body = zlib.compress(json.dumps({"title": "", "text": "<p>正文</p>"}).encode())
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("set session_replication_role = replica")
        for statement in _FILL:
            connection.execute(statement, {"articles": articles, "kept": kept, "body": body})
        for table in (*BIG, "runs"):
            connection.execute(f"vacuum analyze {table}".encode())


def questions(database: Database) -> Iterator[tuple[str, Callable[[], Any]]]:
    """What the pages ask, in the words of who asks."""
    first = items_of(database, Sieve(), most=1)[0]
    reasoned = Sieve(reason="title_missing")
    deep = items_of(database, reasoned, most=20_000)[-1]

    def asked(ask: Callable[[Any], Any]) -> Any:
        with database.transaction() as connection:
            return ask(connection)

    yield "the page of all", lambda: shelf(database, Sieve())
    yield "the page of a reason", lambda: shelf(database, reasoned)
    yield "the groups", lambda: groups_of(database, Sieve())
    yield "a reason's page far in", lambda: items_of(database, reasoned, after=(deep.at, deep.info_code))
    yield "a media", lambda: items_of(database, Sieve(media=first.media))
    yield "a media and a reason", lambda: items_of(database, Sieve(media=first.media, reason="not_json"))
    yield "a media that is not there", lambda: items_of(database, Sieve(media="无此报"))
    yield "a day", lambda: items_of(database, Sieve(day=first.day or date.min))
    yield "a day without any", lambda: items_of(database, Sieve(day=date.today() + timedelta(days=1)))  # noqa: DTZ011
    yield "a version without any", lambda: items_of(database, Sieve(normaliser=7))
    yield "what was discarded", lambda: items_of(database, Sieve(discarded=True, reason="not_json"))
    yield "one article", lambda: view_item(database, Settings.load(), first.info_code)
    yield "how many, before a deed", lambda: asked(lambda c: count_sieved(c, reasoned))
    yield "how many can be replayed", lambda: asked(lambda c: count_replayable(c, Selection.of(reasoned)))
    yield (
        "the first 300 to preview",
        lambda: asked(lambda c: next_replayable(c, Selection.of(reasoned), "", most=300)),
    )


def report(address: str, what: str, ask: Callable[[], Any]) -> None:
    """Asks over and over; prints the median, the 95th percentile, and which big tables were scanned."""
    ask()
    before, times = scans(address), []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        ask()
        times.append((time.perf_counter() - began) * 1000)
    slowest = statistics.quantiles(times, n=20)[-1]
    scanned = [table for table, number in scans(address).items() if number > before[table]]
    told = f"  scanned: {', '.join(scanned)}" if scanned else ""
    print(f"{what:28} p50 {statistics.median(times):7.1f} ms   p95 {slowest:7.1f} ms{told}")


def scans(address: str) -> dict[str, int]:
    """Big table → how often it was read from end to end."""
    with psycopg.connect(address, autocommit=True) as connection:
        # What other sessions counted is told within a second.
        time.sleep(1.1)
        return dict(
            connection.execute(
                "select relname, seq_scan from pg_stat_user_tables where relname = any(%s)", [list(BIG)]
            ).fetchall()
        )


if __name__ == "__main__":
    main()
