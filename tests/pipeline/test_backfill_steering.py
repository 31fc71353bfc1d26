"""A backfill under way: paused, cancelled, interrupted, killed, shared; and what polls notice of it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from threading import Event
from typing import Any

import pytest

from finews.flows.backfill import run_backfill
from finews.flows.backfill_plan import open_wish
from finews.flows.backfill_wish import wish_of
from finews.flows.backfills import pause
from finews.flows.pipeline import Pipeline
from finews.flows.report import Report
from finews.newsroom import SourceArticle
from finews.schema.backfills import open_backfill
from finews.schema.database import Database
from finews.schema.frontier import add_links, claim
from tests.pipeline.archive import at, codes_of, days_of_news, in_database, texts_asked
from tests.pipeline.desk import Desk, outcomes

WHERE = ("--from", "2026-03-02", "--to", "2026-03-05")
MANY = 400


@pytest.fixture
def archive(desk: Desk) -> list[SourceArticle]:
    """Four days of articles, which take a while to come."""
    articles = days_of_news(4, MANY // 4)
    desk.publish(*articles)
    desk.newsroom.fault("stall", path="/NewsData/GetNewsText.do", seconds=0.1)
    return articles


def started(
    desk: Desk, *arguments: str, module: str = "finews.flows.command_line", **environment: str
) -> subprocess.Popen[str]:
    """A real command under way."""
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        env=desk.environment(**environment),
        cwd=desk.folder,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def wait_for(condition: Callable[[], object], process: subprocess.Popen[str]) -> None:
    """Waits until something holds, as long as the process lives."""
    while not condition():
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)


def once_each(desk: Desk, articles: Sequence[SourceArticle]) -> None:
    """Every article is there, was asked for once, and has one payload and one beginning."""
    assert in_database(desk) == set(codes_of(articles))
    assert Counter(texts_asked(desk)) == Counter(codes_of(articles))
    assert desk.count("payloads") == len(articles)
    assert desk.rows("select count(*) from events where outcome = 'new'") == [(len(articles),)]
    assert desk.rows("select distinct state, lease_token, backfill_id from links") == [("done", None, None)]
    assert len(desk.tree()) == len(articles)


def test_paused_and_carried_on_each_article_is_asked_for_once(
    desk: Desk, archive: list[SourceArticle]
) -> None:
    with started(desk, "backfill", *WHERE) as process:
        wait_for(lambda: desk.count("articles") >= 40, process)
        with Database(desk.settings()) as database:
            pause(database, 1)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert re.search(r"backfill 1 was paused by \w+, \d+ articles left", out.replace("\n", " "))
    standing = desk.run("backfills", "show", "1", "--json").json
    (told,) = desk.run("status", "--json").json["backfills"]
    assert (told["state"], told["left"]) == ("paused", standing["left"])
    assert standing["done"] + standing["left"] == MANY
    assert standing["done"] == desk.count("articles")
    assert desk.run("backfills", "run", "1").status == 0
    once_each(desk, archive)
    assert desk.run("backfills", "show", "1", "--json").json["state"] == "ended"
    again = desk.run("backfills", "run", "1")
    assert (again.status, "is over (ended)" in again.err) == (2, True)


@pytest.mark.slow
def test_interrupted_it_finishes_what_is_under_way_and_goes_on_when_asked_again(
    desk: Desk, archive: list[SourceArticle]
) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        with started(desk, "backfill", *WHERE) as process:
            before = desk.count("articles")
            wait_for(partial(lambda before: desk.count("articles") > before + 40, before), process)
            process.send_signal(number)
            _, err = process.communicate(timeout=60)
        assert process.returncode == 130
        assert "stopping: what is under way is finished first" in err
        assert "`finews backfills run 1` carries on" in err
        assert desk.run("backfills", "show", "1", "--json").json["state"] == "interrupted"
    ran = desk.run("backfill", *WHERE)
    assert ran.status == 0
    assert "backfill 1 carries on" in ran.err
    once_each(desk, archive)


def test_a_second_signal_stops_at_once(desk: Desk) -> None:
    desk.publish(*days_of_news(4, 25))
    desk.newsroom.fault("stall", path="/NewsData/GetNewsText.do", seconds=30)
    with started(desk, "backfill", *WHERE, module="finews.flows.command_line") as process:
        wait_for(lambda: desk.newsroom.count("text"), process)
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        while "stopping" not in (process.stderr.readline() or "stopping"):
            pass
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode == 130
    assert desk.rows("select count(*) from links where lease_token is not null") == [(0,)]


def test_killed_it_is_taken_over_and_polls_leave_its_links_alone(
    desk: Desk, archive: list[SourceArticle]
) -> None:
    with started(desk, "backfill", *WHERE) as process:
        wait_for(lambda: desk.count("articles") > 60, process)
        process.kill()
        process.communicate()
    kept = desk.count("articles")
    waiting = desk.rows("select count(*) from links where state = 'pending' and backfill_id = 1")[0][0]
    assert waiting > 0
    desk.newsroom.forget_requests()
    report = desk.poll()
    assert set(outcomes(report)) <= {code for (code,) in desk.rows("select info_code from payloads")}
    assert desk.newsroom.count("text") == 0
    assert desk.rows("select count(*) from links where state = 'pending' and backfill_id = 1") == [(waiting,)]
    kept += report.counts["new"]

    ran = desk.run("backfill", *WHERE, "--json")
    assert (ran.status, ran.json["new"]) == (0, MANY - kept), ran.err
    assert in_database(desk) == set(codes_of(archive))
    assert desk.count("payloads") == MANY
    assert len([path for path in desk.tree() if "/.finews-" not in path]) == MANY
    assert desk.run("reconcile").status == 0


@pytest.mark.slow
def test_a_forced_one_that_is_killed_asks_for_nothing_again_that_it_had_stored(
    desk: Desk, archive: list[SourceArticle]
) -> None:
    desk.newsroom.clear_faults()
    desk.ingest(*archive)
    desk.newsroom.forget_requests()
    for place in (3, 6):
        with started(
            desk,
            *("after_payload", str(place), "backfill", *WHERE, "--force"),
            module="tests.pipeline.killed_run",
        ) as process:
            process.communicate(timeout=60)
        assert process.returncode == -signal.SIGKILL
    stored = desk.rows("select info_code from events where stage = 'fetch' and run_id > 1")
    assert len(stored) >= 9 * 20
    desk.newsroom.forget_requests()
    assert desk.run("backfill", *WHERE, "--force").status == 0
    assert {code for (code,) in stored}.isdisjoint(texts_asked(desk))
    assert len(texts_asked(desk)) == MANY - len(stored)
    assert desk.run("backfills", "show", "1", "--json").json["outcomes"]["unchanged"] == MANY


def test_cancelled_it_stays_over_and_what_it_had_begun_is_found_by_others(
    desk: Desk, archive: list[SourceArticle]
) -> None:
    with started(desk, "backfill", *WHERE, "--json", FINEWS_CONCURRENCY="2") as process:
        wait_for(lambda: desk.count("articles") > 10, process)
        assert desk.run("backfills", "pause", "1").status == 0
        assert desk.run("backfills", "cancel", "1").status == 0
        process.communicate(timeout=60)
    assert process.returncode == 0
    assert desk.run("backfills", "run", "1").status == 2
    assert desk.run("backfills", "pause", "1").status == 2
    # What it had brought into the frontier and not tried is not there any more, and found anew by others.
    assert desk.rows("select distinct state, backfill_id from links") == [("done", None)]
    code = next(code for code in codes_of(archive) if code not in in_database(desk))
    desk.newsroom.edit(code, feeds=("37",))
    report = desk.poll()
    assert (outcomes(report)[code], report.feeds[2].discovered) == (("new", ""), 1)


def test_who_dies_with_links_of_a_chunk_in_hand_is_not_waited_for(desk: Desk) -> None:
    """A chunk is freed with its dead holder, its links a moment later: whoever took it in between finds them held."""
    articles = days_of_news(1, 3)
    desk.publish(*articles)
    held, *free = codes_of(articles)
    alive, died = Database(desk.settings()), Event()

    def die() -> None:
        while not set(free) <= in_database(desk):
            time.sleep(0.02)
        died.set()
        stack.close()

    with alive, ExitStack() as stack, Pipeline(desk.settings(), crawling=1) as pipeline:
        run = stack.enter_context(alive.living_run("backfill", reason="dies", flow_run=None))
        with alive.transaction() as connection:
            add_links(connection, [held])
            assert claim(connection, run, [held])
        dying = threading.Thread(target=die)
        dying.start()
        number = open_wish(pipeline.database, wish_of(codes=codes_of(articles))).id
        report = run_backfill(pipeline, number)
        dying.join()
    assert (died.is_set(), len(report.results)) == (True, 3)
    assert (
        desk.rows(
            "select lease_until > now() from links where info_code = %s and lease_until notnull", [held]
        )
        == []
    )
    once_each(desk, articles)


def test_a_feed_takes_a_link_from_a_backfill(desk: Desk, archive: list[SourceArticle]) -> None:
    with Pipeline(desk.settings()) as pipeline, pipeline.database.transaction() as connection:
        number = open_backfill(connection, {"words": "by hand"}, [], by="test")
        add_links(connection, codes_of(archive[:2]), backfill=number)
    assert desk.poll().counts["new"] == 0
    desk.newsroom.edit(archive[0].info_code, feeds=("37",))
    assert outcomes(desk.poll()) == {archive[0].info_code: ("new", "")}


@pytest.mark.slow
def test_two_that_ask_for_the_same_do_it_once(desk: Desk, archive: list[SourceArticle]) -> None:
    with started(desk, "backfill", *WHERE, "--json") as process:
        wait_for(lambda: desk.count("articles") > 40, process)
        second = desk.run("backfill", *WHERE, "--json")
        assert second.status == 0
        assert "skipped: run 1 is at backfill 1 already" in second.json["note"]
        standing = desk.run("backfills", "show", "1", "--json").json
        assert (standing["state"], standing["runs"]) == ("running", [1])
        process.communicate(timeout=60)
    once_each(desk, archive)


@pytest.mark.slow
def test_several_share_the_chunks_and_the_rate(desk: Desk, archive: list[SourceArticle]) -> None:
    reports: list[Report] = []
    with Pipeline(desk.settings(), crawling=1, background=3) as pipeline:
        number = open_wish(pipeline.database, wish_of(since="2026-03-02", until="2026-03-05")).id

        def joined() -> None:
            with Pipeline(desk.settings(), crawling=1, background=3) as other:
                reports.append(run_backfill(other, number, joining=True))

        others = [threading.Thread(target=joined) for _ in range(2)]

        def call(called: int, most: int) -> int:
            assert (called, most) == (number, 3)
            for other in others:
                other.start()
            return len(others)

        reports.append(run_backfill(pipeline, number, call=call))
        for other in others:
            other.join()
    once_each(desk, archive)
    assert sum(report.counts["new"] for report in reports) == MANY
    assert len([report for report in reports if report.counts["new"]]) >= 2
    assert desk.rows("select processes from backfills") == [(3,)]


@pytest.mark.slow
def test_a_source_that_is_away_is_waited_for_and_then_told(desk: Desk) -> None:
    articles = days_of_news(4, 6)
    desk.publish(*articles)
    patience: dict[str, Any] = {"retries": 0, "circuit_pause": 0.1, "circuit_longest": 0.3}
    environment = {f"FINEWS_{name.upper()}": str(value) for name, value in patience.items()}
    desk.newsroom.fault("drop", path="/NewsData/GetNewsText.do")
    ran = desk.run("backfill", *WHERE, **environment)
    assert ran.status == 3
    assert "No mirror of the source answers" in ran.err
    assert "`finews backfills run 1` carries on" in ran.err
    assert ran.err.count("no mirror answers (") == 2
    desk.newsroom.clear_faults()
    desk.execute("update mirrors set probe_at = now()")
    ran = desk.run("backfill", *WHERE, "--json", **environment)
    assert (ran.status, ran.json["failed"]) == (0, 0), ran.err
    assert in_database(desk) == set(codes_of(articles))


def test_polls_keep_their_freshness_and_their_state(desk: Desk, archive: list[SourceArticle]) -> None:
    """While a backfill goes on, each poll brings all that was published before it, and asks for nothing else."""
    news = [at(number, f"2026-03-09 10:{number - 900:02d}:00", feeds=("37",)) for number in range(901, 905)]
    polls: list[tuple[set[str], int]] = []
    # It has one request open at a time, so that there is time for four polls.
    with started(desk, "backfill", *WHERE, "--json", FINEWS_CONCURRENCY="2") as process:
        wait_for(lambda: desk.count("articles") > 0, process)
        for each in news:
            desk.publish(each)
            report = desk.poll()
            polls.append(
                (
                    {code for code, (outcome, _) in outcomes(report).items() if outcome == "new"},
                    report.requests,
                )
            )
        assert process.poll() is None, "the backfill was over before the last poll"
        desk.newsroom.clear_faults()
        _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    # The first asks for robots.txt besides the five feeds and the article.
    assert [found for found, _ in polls] == [{each.info_code} for each in news]
    assert [requests for _, requests in polls][1:] == [6] * 3
    assert in_database(desk) == set(codes_of([*archive, *news]))
    assert {failures for (failures,) in desk.rows("select failures from feeds")} == {0}
    assert desk.rows("select listed, discovered from feeds where name = '37'") == [(4, 1)]


def test_a_backfill_has_its_part_of_the_rate_and_polls_the_rest(desk: Desk) -> None:
    desk.publish(*days_of_news(1, 20))
    given: dict[str, Any] = {"rate": 40.0, "backfill_share": 0.25, "recheck_share": 0.125, "concurrency": 16}
    with Pipeline(desk.settings(**given), crawling=1, background=2) as pipeline:
        assert rules(pipeline) == (5.0, 2)
        pipeline.share_background(1)
        assert rules(pipeline) == (10.0, 4)
        with (
            pipeline.run("backfill", "by hand"),
            Pipeline(desk.settings(**given), crawling=1) as poll,
            Pipeline(desk.settings(**given), crawling=1, background=1) as second,
        ):
            assert rules(poll) == (25.0, 10)
            assert rules(second) == (5.0, 2)
        with Pipeline(desk.settings(**given), crawling=1) as poll:
            assert rules(poll) == (35.0, 14)


def rules(pipeline: Pipeline) -> tuple[float | None, int]:
    """Rate and open requests that the crawl of a pipeline was told."""
    settings = pipeline.crawl._settings
    assert settings is not None
    return settings.rate, settings.concurrency
