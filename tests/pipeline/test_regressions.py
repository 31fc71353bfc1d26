"""Each of these was a bug once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psycopg
import pytest

from finews.flows import publish
from finews.flows.demo import demo_environment
from finews.flows.fetch import fetch_codes
from finews.flows.ingest import ingest
from finews.flows.pipeline import Pipeline
from finews.newsroom import NewsroomProcess
from finews.schema.errors import CrawlDiedError
from finews.schema.settings import Settings
from tests.pipeline.desk import Desk, article, outcomes

CODE = article(1).info_code


def test_a_feed_time_of_year_one_is_none(desk: Desk) -> None:
    """PostgreSQL kept it as a year before Christ, which no Python date can hold: every later poll broke."""
    nought = {"showtime": "0001-01-01 00:00:00", "datetime": "0001-01-01 00:00:00"}
    desk.publish(article(1, feeds=("37", "rolling"), feed_extra=nought), article(2, feeds=("37",)))
    assert desk.poll().counts["new"] == 2
    assert desk.poll().counts["skipped"] == 2
    assert desk.run("trace", CODE).status == 0


def test_an_article_time_of_year_one_gives_way_to_the_feeds(desk: Desk) -> None:
    desk.publish(article(1, feeds=("37",), extra={"date": "0001-01-01 00:00:00"}))
    assert desk.poll().counts["new"] == 1


def test_a_demo_heeds_no_settings_of_the_operators(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A `finews.toml` in the working folder made the demo write into the operator's own database and site."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FINEWS_SITE_HOST", "operators.example")
    Path("finews.toml").write_text(
        'database_url = "postgresql://prod/prod"\nsite_dir = "/srv/prod"\n', encoding="utf-8"
    )
    with (
        NewsroomProcess(samples=False, mirrors=1) as newsroom,
        demo_environment(tmp_path / "demo", newsroom.bases, {}),
    ):
        settings = Settings.load()
    assert settings.database_url is None
    assert settings.site == tmp_path / "demo" / "site"
    assert settings.site_host == "finews.withounder.com"
    assert os.environ["FINEWS_SITE_HOST"] == "operators.example"


def test_publish_does_not_overwrite_a_newer_post(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """It read rows unlocked, an edit came in between, and the old text stayed on disk unnoticed."""
    desk.publish(article(1))
    desk.ingest(CODE)
    desk.newsroom.edit(CODE, title="新的标题")
    plain, editing = publish._write_posts, threading.Thread(target=lambda: desk.ingest(CODE))

    def slow(*arguments: object) -> object:
        editing.start()
        time.sleep(2.0)
        monkeypatch.setattr(publish, "_write_posts", plain)
        return plain(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(publish, "_write_posts", slow)
    with Pipeline(desk.settings()) as pipeline:
        publish.publish_rows(pipeline.database, pipeline.settings, pipeline.progress, verify=True)
    editing.join()
    (text,) = desk.tree().values()
    assert "新的标题" in text.decode()
    assert desk.run("reconcile").status == 0


def test_an_article_that_is_forgotten_while_an_ingest_waits_for_it(desk: Desk) -> None:
    """The ingest looked for the link for ever."""
    with Pipeline(desk.settings(), crawling=1) as pipeline, pipeline.run("other", "holds the link") as holder:
        desk.execute("insert into links (info_code) values (%s)", [CODE])
        desk.execute(
            "update links set lease_token = 1, lease_run = %s, lease_until = now() + interval '5 min'",
            [holder.number],
        )
        waiting = threading.Timer(1.0, lambda: desk.run("forget", CODE, "--why", "by request"))
        waiting.start()
        report = ingest(pipeline, [CODE])
        waiting.join()
    assert outcomes(report) == {CODE: ("skipped", "forgotten")}


def test_a_result_that_is_refused_is_asked_for_again(desk: Desk) -> None:
    """An article whose lease was lost during its fetch had no outcome, and the command exited with 0."""
    desk.publish(article(1))
    desk.newsroom.fault("stall", path="text", seconds=1.0, times=1)
    taking = threading.Timer(
        0.6, lambda: desk.execute("update links set lease_token = null, lease_until = null, lease_run = null")
    )
    with Pipeline(desk.settings(timeout=5.0), crawling=1) as pipeline:
        while not pipeline.crawl.feeds(["37"]):
            pass
        taking.start()
        report = ingest(pipeline, [CODE])
    taking.join()
    assert outcomes(report) == {CODE: ("new", "")}
    assert desk.newsroom.count("text") == 2


def test_the_same_bytes_under_a_truthful_charset_stay_readable(desk: Desk) -> None:
    """The first charset that was declared stuck to the payload, and a replay put the article into quarantine."""
    desk.publish(article(1))
    desk.newsroom.fault("gbk", path="text")
    assert outcomes(desk.ingest(CODE))[CODE] == ("quarantined", "bad_encoding")
    desk.execute("update payloads set content_type = 'application/json; charset=gbk'")
    assert desk.run("replay", CODE, "--json").json["new"] == 1
    assert desk.ingest(CODE).counts["quarantined"] == 1
    assert desk.rows("select content_type from payloads") == [("application/json; charset=utf-8",)]


def test_what_a_killed_process_left_is_told_by_the_run_that_reads_it(desk: Desk) -> None:
    desk.publish(article(1), article(2))
    desk.ingest(CODE)
    desk.execute("delete from articles")
    desk.execute("update links set state = 'fetched'")
    report = desk.ingest(article(2))
    assert outcomes(report) == {CODE: ("new", ""), article(2).info_code: ("new", "")}
    desk.execute("update links set state = 'fetched'")
    assert outcomes(desk.ingest(CODE))[CODE] == ("unchanged", "")
    run_counts = "select outcome, count(*) from events where run_id = 3 and info_code = %s group by 1"
    assert [each for each in desk.rows(run_counts, [CODE]) if each[0]] == [("unchanged", 1)]


def test_a_post_that_is_told_is_there(desk: Desk) -> None:
    """A row that another publisher had in hand was passed over, and its post told all the same."""
    desk.publish(article(1))
    desk.ingest(CODE)
    (path,) = desk.tree()
    (desk.site / path).unlink()
    held = threading.Event()

    def hold() -> None:
        with psycopg.connect(desk.address) as connection:
            connection.execute("select from articles for no key update")
            held.set()
            time.sleep(2.0)

    holding = threading.Thread(target=hold)
    holding.start()
    held.wait()
    report = desk.ingest(CODE)
    assert report.results[0].post == path
    assert (desk.site / path).exists()
    holding.join()


def test_a_crawl_that_died_is_begun_anew(desk: Desk) -> None:
    """A task's second try found the dead process of the first."""
    desk.publish(article(1))
    with Pipeline(desk.settings(), crawling=1) as pipeline, pipeline.run("ingest", "") as run:
        desk.execute("insert into links (info_code) values (%s)", [CODE])
        os.kill(pipeline.crawl.pids[0], 9)
        while True:
            try:
                results = [each for batch in fetch_codes(pipeline, run, [CODE]) for each in batch]
                break
            except CrawlDiedError:
                continue
    assert [each.outcome.value for each in results] == ["new"]


def test_a_crawl_knows_no_secret(desk: Desk) -> None:
    os.environ["FINEWS_DATABASE_URL"] = "postgresql://me:open-sesame@db/finews"
    try:
        with Pipeline(desk.settings(), crawling=1) as pipeline:
            environment = Path(f"/proc/{pipeline.crawl.pids[0]}/environ").read_bytes()
    finally:
        del os.environ["FINEWS_DATABASE_URL"]
    assert b"open-sesame" not in environment


def test_a_feed_that_lends_what_was_missing_lets_an_article_out(desk: Desk) -> None:
    """Rolling news that was asked for by link stayed in quarantine for want of a media name."""
    desk.publish(article(1, medianame="", feeds=("rolling",), digest="【一】二"))
    assert outcomes(desk.ingest(CODE))[CODE] == ("quarantined", "media_missing")
    assert outcomes(desk.poll())[CODE] == ("new", "")
    assert list(desk.tree()) == [f"_posts/2026-03-10-{CODE[2:]}.md"]


def test_a_known_article_that_fails_still_names_its_post(desk: Desk) -> None:
    desk.publish(article(1))
    (path,) = [each.post for each in desk.ingest(CODE).results]
    desk.newsroom.fault("http_500")
    (result,) = desk.ingest(CODE).results
    assert (result.outcome.value, result.post) == ("failed", path)


def test_backfill_counts_alike_in_report_and_ledger(desk: Desk) -> None:
    desk.publish(article(1), article(2))
    desk.ingest(CODE)
    ran = desk.run("backfill", "--file", "-", "--json", stdin=f"{CODE}\n{article(2).info_code}\n")
    assert (ran.json["skipped"], ran.json["new"]) == (1, 1)
    ((counts,),) = desk.rows("select counts from runs order by id desc limit 1")
    assert (counts["skipped"], counts["new"]) == (1, 1)


def test_large_bodies_stay_few_in_memory(desk: Desk) -> None:
    """Batches were bounded by number, not by size."""
    articles = [article(number, body=f"<p>{'长' * 1_300_000}{number}</p>") for number in range(1, 13)]
    desk.publish(*articles)
    desk.ingest(*articles, timeout=30.0)
    assert len(desk.tree()) == 12
    ran = desk.run("replay", "--all", "--json")
    assert ran.json["unchanged"] == 12
    assert desk.run("publish", "--json").json["unchanged"] == 12


def test_a_stored_answer_is_not_given_up_for_an_asking_in_vain(desk: Desk) -> None:
    """A run was killed before it read what it had stored; then the source takes the article back."""
    desk.publish(article(1))
    code = article(1).info_code
    command = [sys.executable, "-m", "tests.pipeline.killed_run", "after_payload", "1", "ingest", code]
    killed = subprocess.run(command, env=desk.environment(), cwd=desk.folder, check=False)
    assert killed.returncode == -signal.SIGKILL
    desk.newsroom.withdraw(code)
    assert outcomes(desk.ingest(code)) == {code: ("gone", "http_404")}
    assert desk.rows("select state from links") == [("fetched",)]
    assert outcomes(desk.poll()) == {code: ("new", "")}
    assert len(desk.tree()) == 1


def test_what_a_feed_lends_is_taken_whatever_became_of_the_link(desk: Desk) -> None:
    """The article waits in quarantine for its title; asked for again meanwhile, it was gone."""
    desk.publish(article(1, title=""))
    code = article(1).info_code
    assert outcomes(desk.ingest(code)) == {code: ("quarantined", "title_missing")}
    desk.newsroom.fault("http_404")
    assert outcomes(desk.ingest(code)) == {code: ("gone", "http_404")}
    desk.newsroom.clear_faults()
    desk.publish(article(1, extra={"title": ""}, feeds=("37",)))
    desk.newsroom.fault("http_404", path="text")
    assert outcomes(desk.poll()) == {code: ("new", "")}


def test_the_same_moment_from_a_feed_is_no_edit(desk: Desk) -> None:
    """A moment that a feed lends comes in the database's time zone, and was taken for another one."""
    desk.publish(article(1, feeds=("37",)))
    desk.ingest(CODE)
    desk.poll()
    desk.newsroom.edit(CODE, moment="", feed_extra={"datetime": "2026-03-10 09:30:00"})
    assert outcomes(desk.ingest(CODE)) == {CODE: ("unchanged", "")}
    assert desk.count("revisions") == 0
