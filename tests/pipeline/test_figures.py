"""Figures: true to the database, and served read-only; and `status --watch`."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from datetime import datetime
from typing import Any

import httpx
import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families

from finews.flows.figures import Figure, figures
from finews.flows.metrics import FigureCollector, metrics_text
from finews.flows.progress import Silent
from finews.flows.publish_site import publish_site
from finews.schema.database import Database
from finews.schema.errors import DatabaseLostError
from tests.pipeline.desk import Desk, article

BIG = (
    "articles",
    "links",
    "sightings",
    "runs",
    "quarantine",
    "backfill_links",
    "events",
    "payloads",
    "revisions",
)


def look(desk: Desk, **settings: Any) -> dict[str, Figure]:
    """All figures by name."""
    given = desk.settings(**settings)
    with Database(given) as database:
        return {each.name: each for each in figures(database, given)}


def values(figure: Figure, *labels: str) -> dict[tuple[str, ...], float]:
    """The values by these labels."""
    return {tuple(found[label] for label in labels): value for found, value in figure.samples}


def age(desk: Desk, code: str, seconds: float) -> None:
    """Has an article's moment lie so long before its post was on disk."""
    desk.execute(
        "update articles set moment = published_at - make_interval(secs => %s) where info_code = %s",
        [seconds, code],
    )


@pytest.fixture
def worked(desk: Desk) -> Desk:
    """A desk that has polled: four posts, one in quarantine, one failing, one feed out of order."""
    desk.given["concurrency"] = 1
    desk.publish(
        *(article(number, feeds=("37", "38")) for number in range(1, 5)),
        article(5, feeds=("38",), extra={"title": ""}, feed_extra={"title": ""}),
        article(6, feeds=("39",)),
    )
    desk.newsroom.fault("http_500", info_code=article(6).info_code)
    desk.poll()
    desk.newsroom.fault("http_502", path="feeds")
    desk.poll("rolling")
    desk.newsroom.clear_faults()
    return desk


def test_figures_are_what_the_database_holds(worked: Desk) -> None:
    for number, seconds in enumerate((1, 2, 3, 10), 1):
        age(worked, article(number).info_code, seconds)
    worked.execute("update links set due_at = now() - interval '100 s' where state = 'failed'")
    worked.execute(
        "insert into mirrors (base, opened, opened_at) values (%s, 2, now() - interval '1 h')",
        [worked.newsroom.bases[1]],
    )
    found = look(worked)
    fresh = values(found["finews_freshness_seconds"], "window", "quantile")
    assert fresh == {
        ("1h", "0.5"): 2.5,
        ("1h", "0.95"): pytest.approx(8.95, abs=0.1),
        ("1d", "0.5"): 2.5,
        ("1d", "0.95"): pytest.approx(8.95, abs=0.1),
    }
    assert values(found["finews_freshness_articles"], "window") == {("1h",): 4, ("1d",): 4}
    outcomes = values(found["finews_outcomes_last_hour"], "kind", "outcome")
    assert (outcomes["poll", "new"], outcomes["poll", "quarantined"], outcomes["poll", "failed"]) == (4, 1, 1)
    assert values(found["finews_articles"]) == {(): 4}
    assert values(found["finews_articles_unpublished"]) == {(): 0}
    assert values(found["finews_quarantine_articles"], "reason") == {("title_missing",): 1}
    links = values(found["finews_links"], "state")
    assert (links["failed",], links["quarantined",], links["pending",]) == (1, 1, 0)
    assert values(found["finews_queue_due"]) == {(): 1}
    assert 100 <= values(found["finews_queue_age_seconds"])[()] < 200
    assert values(found["finews_feed_failures"], "feed")["rolling",] == 1
    listed = values(found["finews_feed_articles_last_hour"], "feed", "state")
    assert listed == {("37", "done"): 4, ("38", "done"): 4, ("38", "quarantined"): 1, ("39", "failed"): 1}
    mirrors = values(found["finews_mirror_open"], "mirror")
    assert [mirrors[base,] for base in worked.newsroom.bases] == [0, 1, 0]
    assert values(found["finews_mirror_open_seconds"], "mirror")[worked.newsroom.bases[1],] >= 3600
    assert values(found["finews_runs_last_day"], "kind", "state") == {("poll", "ended"): 2}
    assert set(values(found["finews_run_seconds"], "kind", "quantile")) == {("poll", "0.5"), ("poll", "1")}
    assert sum(values(found["finews_alerts_firing"], "kind").values()) == 0
    status = worked.run("status", "--json").json["freshness"]
    assert (status["p50"], status["articles"]) == (2.5, 4)
    assert datetime.fromisoformat(status["since"]).tzinfo
    assert "half of 4 posts on disk after 2.5 s" in worked.run("status").out


def test_freshness_is_of_first_posts_that_polls_brought(desk: Desk) -> None:
    desk.publish(article(1, feeds=("37",)), article(2))
    desk.poll()
    desk.ingest(article(2))
    noted = dict(desk.rows("select info_code, published_at from articles"))
    assert None not in noted.values()
    assert values(look(desk)["finews_freshness_articles"], "window")["1h",] == 1, (
        "nobody waited for the other"
    )
    desk.newsroom.edit(article(1).info_code, title="更正")
    desk.ingest(article(1))
    (desk.site / "_posts" / f"2026-03-10-{article(2).info_code}.md").unlink()
    settings = desk.settings()
    with Database(settings) as database:
        assert publish_site(database, settings, Silent())["written"] == 1
    assert dict(desk.rows("select info_code, published_at from articles")) == noted, "neither is a first post"
    desk.execute("update articles set published_at = now() - interval '2 h'")
    found = look(desk)
    assert values(found["finews_freshness_articles"], "window") == {("1h",): 0, ("1d",): 1}
    assert ("1h", "0.5") not in values(found["finews_freshness_seconds"], "window", "quantile")


def test_no_big_table_is_read_from_end_to_end(worked: Desk) -> None:
    """Beside thousands of rows of long ago, a look at the figures reads some dozens."""
    _long_ago(worked, 5000)
    before = _rows_read(worked)
    options = psycopg.conninfo.conninfo_to_dict(worked.address).get("options", "")
    # Of tables as small as these PostgreSQL would count all rows rather than open an index.
    strict = psycopg.conninfo.make_conninfo(worked.address, options=f"{options} -c enable_seqscan=off")
    look(worked, database_url=strict)
    deadline = time.monotonic() + 10
    # What a session read is told at its end at the latest.
    while worked.rows(
        "select 1 from pg_stat_activity where application_name = 'finews' and datname = current_database()"
    ):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    read = {table: number - before[table] for table, number in _rows_read(worked).items()}
    # Articles are counted, up to a hundred thousand: once.
    read["articles"] -= 5000
    assert {table: number for table, number in read.items() if number > 500} == {}
    assert 0 < read["runs"] < 100


def _long_ago(desk: Desk, number: int) -> None:
    """So many articles of half a year ago, each found by a run of its own."""
    given = {"number": number}
    with psycopg.connect(desk.address, autocommit=True) as connection:
        connection.execute(
            """
            insert into runs (kind, host, pid, started_at, ended_at, state, counts)
            select 'poll', 'h', 1, now() - interval '200 d', now() - interval '199 d', 'ended', '{"new": 1}'
            from generate_series(1, %(number)s)
            """,
            given,
        )
        connection.execute(
            """
            insert into links (info_code, state, due_at)
            select 'NW20250101' || lpad(n::text, 10, '0'), 'done', now() - interval '200 d'
            from generate_series(1, %(number)s) n
            """,
            given,
        )
        connection.execute(
            """
            insert into sightings (info_code, feed, seen_at, run_id, title, media, digest, url)
            select info_code, '37', now() - interval '200 d', 1, '', '', '', ''
            from links where info_code like 'NW20250101%'
            """
        )
        connection.execute(
            """
            insert into articles select (jsonb_populate_record(a.whole, jsonb_build_object(
                'info_code', l.info_code, 'path', l.info_code, 'published_at', now() - interval '200 d'))).*
            from (select articles as whole from articles limit 1) a, links l where l.info_code like 'NW20250101%'
            """
        )
        for table in ("runs", "links", "sightings", "articles"):
            connection.execute(f"vacuum analyze {table}".encode())


def _rows_read(desk: Desk) -> dict[str, int]:
    return dict(
        desk.rows(
            """
            select relname, (seq_tup_read + coalesce(idx_tup_fetch, 0) + coalesce(
                       (select sum(idx_tup_read) from pg_stat_user_indexes i where i.relid = t.relid), 0))::int8
            from pg_stat_user_tables t where relname = any(%s)
            """,
            [list(BIG)],
        )
    )


def test_metrics_are_served_and_only_read(worked: Desk) -> None:
    with worked.start("metrics", "--port", "0") as process:
        assert process.stderr is not None
        address = re.search(r"http://127\.0\.0\.1:\d+/metrics", process.stderr.readline())
        assert address
        answer = httpx.get(address[0], timeout=30)
        port = address[0].split(":")[2].split("/")[0]
        taken = worked.run("metrics", "--port", port)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    assert answer.headers["content-type"].startswith("text/plain")
    served = {each.name: each for each in text_string_to_metric_families(answer.text)}
    assert served["finews_up"].samples[0].value == 1
    assert all(each.documentation and each.type == "gauge" for each in served.values())
    assert (taken.status, "cannot be listened on" in taken.err) == (3, True)
    ran = worked.run("metrics", "--once")
    assert {each.name for each in text_string_to_metric_families(ran.out)} == set(served)
    told = {each["name"]: each for each in worked.run("metrics", "--json").json["figures"]}
    assert {*told, "finews_up"} == set(served)
    assert told["finews_articles"]["samples"] == [{"labels": {}, "value": 4.0}]


def test_many_scrapers_ask_once_and_an_outage_is_a_figure() -> None:
    asked = []

    def away() -> list[Figure]:
        raise DatabaseLostError("it is away")

    def there() -> list[Figure]:
        asked.append(1)
        return [Figure(name="a", meaning="b", samples=(({}, 1.0),))]

    assert [line for line in metrics_text(away).splitlines() if not line.startswith("#")] == ["finews_up 0.0"]
    collector = FigureCollector(there)
    for _ in range(5):
        assert [each.name for each in collector.collect()] == ["finews_up", "a"]
    assert len(asked) == 1


def test_status_is_redrawn_until_ctrl_c(worked: Desk) -> None:
    ours, theirs = pty.openpty()
    environment = worked.environment(TERM="xterm", COLUMNS="200", LINES="80")
    command = [sys.executable, "-m", "finews.flows.command_line", "status", "--watch"]
    with subprocess.Popen(
        command, env=environment, cwd=worked.folder, stdout=theirs, stderr=subprocess.PIPE, text=True
    ) as process:
        _wait_for(ours, "4 articles")
        worked.ingest(article(6))
        _wait_for(ours, "5 articles")
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        # Whoever writes to a terminal that nobody reads has to wait.
        os.close(theirs)
        reader = threading.Thread(target=_drain, args=(ours,))
        reader.start()
        err = process.stderr.read()
        assert process.wait(30) == 0
        reader.join()
    assert err == ""
    os.close(ours)
    ran = worked.run("status", "--watch", "--json")
    assert (ran.status, ran.json["error"]) == (2, "Request")


def _wait_for(terminal: int, words: str) -> None:
    seen, deadline = "", time.monotonic() + 60
    while words not in seen:
        assert time.monotonic() < deadline, seen
        if select.select([terminal], [], [], 1)[0]:
            text = os.read(terminal, 65536).decode("utf-8", "replace")
            seen += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


def _drain(terminal: int) -> None:
    # The end of a terminal is an error.
    with suppress(OSError):
        while os.read(terminal, 65536):
            pass
