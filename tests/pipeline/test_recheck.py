"""`recheck`: an edit of a young article is seen, in few requests, and whatever fails leaves the article as it was."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta
from typing import Any

import pytest

from finews.flows.pipeline import Pipeline
from finews.flows.rates import RECHECK, part_of_the_rate, shares_of
from finews.flows.recheck import recheck
from finews.flows.report import Report
from finews.newsroom import SourceArticle
from finews.schema.records import CHINA
from finews.schema.settings import Settings
from tests.pipeline.archive import texts_asked
from tests.pipeline.desk import Desk, article, outcomes

HOUR = timedelta(hours=1)
EDITED = "<p>样本公司更正此前公告，称生产经营一切正常。</p>"


def young(number: int = 1, **fields: Any) -> SourceArticle:
    """An article of this moment."""
    return article(number, moment=f"{datetime.now(CHINA):%Y-%m-%d %H:%M:%S}", **fields)


def rechecked(desk: Desk, **settings: Any) -> Report:
    """`finews recheck`."""
    with Pipeline(desk.settings(**settings), crawling=1, background=1, kind=RECHECK) as pipeline:
        return recheck(pipeline)


def let_pass(desk: Desk, time: timedelta) -> None:
    """So much later, as far as rechecks know."""
    desk.execute("update rechecks set since = since - %s, due_at = due_at - %s", [time, time])


def next_turns(desk: Desk) -> list[float]:
    """When articles are due next, in hours after they came."""
    found = desk.rows("select extract(epoch from due_at - since)::float8 / 3600 from rechecks order by 1")
    return [hours for (hours,) in found]


def standing(desk: Desk) -> list[tuple[Any, ...]]:
    """(state, reason, leased) of every link."""
    return desk.rows("select state, reason, lease_token is not null from links order by info_code")


def test_an_edit_is_seen_after_an_hour_and_each_step_asks_once(desk: Desk) -> None:
    desk.publish(young())
    desk.ingest(young())
    desk.newsroom.forget_requests()
    assert rechecked(desk).results == []
    assert desk.newsroom.count() == 0
    desk.newsroom.edit(young().info_code, body=EDITED)
    let_pass(desk, HOUR)
    first = rechecked(desk)
    assert outcomes(first) == {young().info_code: ("updated", "")}
    assert (first.requests, desk.newsroom.count()) == (1, 1)
    assert EDITED in next(iter(desk.tree().values())).decode()
    assert desk.count("revisions") == 1
    assert rechecked(desk).requests == 0
    for hours, left in ((5, [24.0]), (18, [])):
        let_pass(desk, hours * HOUR)
        assert outcomes(rechecked(desk)) == {young().info_code: ("unchanged", "")}
        assert next_turns(desk) == left
    let_pass(desk, 100 * HOUR)
    assert rechecked(desk).results == []
    assert texts_asked(desk) == [young().info_code] * 3
    assert standing(desk) == [("done", "", False)]


def test_old_articles_are_never_asked_again(desk: Desk) -> None:
    desk.publish(article(1), young(2))
    desk.ingest(article(1), young(2))
    assert desk.rows("select info_code from rechecks") == [(young(2).info_code,)]
    desk.execute("update articles set moment = moment - interval '49 hours'")
    let_pass(desk, HOUR)
    desk.newsroom.forget_requests()
    assert rechecked(desk).results == []
    assert desk.newsroom.count() == desk.count("rechecks") == 0


def test_after_an_outage_of_hours_missed_steps_are_one(desk: Desk) -> None:
    desk.publish(young())
    desk.ingest(young())
    let_pass(desk, 7 * HOUR)
    assert rechecked(desk).counts["unchanged"] == 1
    assert next_turns(desk) == [24.0]
    assert rechecked(desk).results == []
    assert len(texts_asked(desk)) == 2


@pytest.mark.parametrize(
    ("fault", "outcome", "reason"),
    [
        ("http_500", "failed", "http_500"),
        pytest.param("http_403", "blocked", "http_403", marks=pytest.mark.slow),
        ("", "gone", "http_404"),
    ],
)
def test_what_is_not_handed_over_stays_published_and_has_its_next_turn(
    desk: Desk, fault: str, outcome: str, reason: str
) -> None:
    desk.publish(young())
    desk.ingest(young())
    before = desk.tree()
    if fault:
        desk.newsroom.fault(fault, path="text")
        desk.newsroom.fault(fault, path="page")
    else:
        desk.newsroom.withdraw(young().info_code)
    let_pass(desk, HOUR)
    report = rechecked(desk, retries=0)
    assert outcomes(report) == {young().info_code: (outcome, reason)}
    assert report.trouble
    assert report.results[0].post in before
    assert desk.tree() == before
    assert standing(desk) == [("done", "", False)]
    assert next_turns(desk) == [6.0]
    noted = desk.rows("select stage, outcome, reason from events order by id desc limit 1")
    assert noted == [("fetch", outcome, reason)]
    # Nothing of it comes to the polls, neither now nor when its time would have come.
    desk.execute("update links set due_at = due_at - interval '1 year'")
    desk.newsroom.clear_faults()
    desk.newsroom.forget_requests()
    assert desk.poll().results == []
    assert desk.newsroom.count("text") == 0
    # Where the last step fails, it is tried once more; what is gone then, is gone.
    if fault:
        desk.newsroom.fault(fault, path="text")
        desk.newsroom.fault(fault, path="page")
    let_pass(desk, 24 * HOUR)
    assert outcomes(rechecked(desk, retries=0)) == {young().info_code: (outcome, reason)}
    assert len(next_turns(desk)) == (1 if fault else 0)
    assert standing(desk) == [("done", "", False)]


def test_every_mirror_at_once_is_asked_again_soon(desk: Desk) -> None:
    desk.publish(young())
    desk.ingest(young())
    desk.newsroom.fault("drop")
    let_pass(desk, HOUR)
    report = rechecked(desk, retries=0, retry_min=120.0, circuit_troubles=1)
    assert outcomes(report)[young().info_code][0] == "failed"
    assert "every mirror failed at once" in report.note
    assert standing(desk) == [("done", "", False)]
    (hours,) = next_turns(desk)
    assert 1.0 < hours < 1.1
    desk.newsroom.clear_faults()
    let_pass(desk, timedelta(minutes=2))
    assert rechecked(desk).counts["unchanged"] == 1
    assert next_turns(desk) == [6.0]


def test_a_request_for_peace_is_heeded(desk: Desk) -> None:
    desk.publish(young())
    desk.ingest(young())
    desk.newsroom.fault("http_429", path="text", retry_after=12 * 3600)
    desk.newsroom.fault("http_429", path="page", retry_after=12 * 3600)
    let_pass(desk, HOUR)
    assert rechecked(desk, retries=0).counts["blocked"] == 1
    (hours,) = next_turns(desk)
    assert 12.9 < hours < 13.1


def test_forgotten_discarded_and_quarantined_are_not_asked(desk: Desk) -> None:
    articles = [young(number) for number in (1, 2, 3)]
    desk.publish(*articles)
    desk.ingest(*articles)
    # Two that are here and whose newest answer is unfit: one waits, one was discarded.
    for each in articles[1:]:
        desk.newsroom.edit(each.info_code, body="")
    assert desk.ingest(*articles[1:]).counts["quarantined"] == 2
    assert desk.run("quarantine", "discard", articles[2].info_code, "--why", "an empty edit").status == 0
    assert desk.run("forget", articles[0].info_code, "--why", "withdrawn").status == 0
    let_pass(desk, HOUR)
    desk.newsroom.forget_requests()
    report = rechecked(desk)
    assert (report.results, report.extra) == ([], {"left": 0})
    assert desk.newsroom.count() == 0


def test_an_unfit_edit_is_kept_back_and_the_post_stays(desk: Desk) -> None:
    desk.publish(young())
    desk.ingest(young())
    before = desk.tree()
    desk.newsroom.edit(young().info_code, body="")
    let_pass(desk, HOUR)
    assert outcomes(rechecked(desk)) == {young().info_code: ("quarantined", "body_empty")}
    assert desk.tree() == before
    assert desk.run("reconcile").status == 0


def test_a_run_is_bounded_and_the_rest_is_told(desk: Desk) -> None:
    articles = [young(number) for number in range(1, 6)]
    desk.publish(*articles)
    desk.ingest(*articles)
    let_pass(desk, HOUR)
    desk.newsroom.forget_requests()
    first = rechecked(desk, recheck_most=3)
    assert (len(first.results), first.extra, first.requests) == (3, {"left": 2}, 3)
    assert first.note == "2 links wait for the next recheck"
    second = rechecked(desk, recheck_most=3)
    assert (len(second.results), second.extra, second.note) == (2, {"left": 0}, "")
    assert sorted(texts_asked(desk)) == [each.info_code for each in articles]


def test_one_at_a_time_and_polls_go_on_beside_it(desk: Desk) -> None:
    desk.publish(young())
    desk.ingest(young())
    let_pass(desk, HOUR)
    desk.newsroom.forget_requests()
    desk.newsroom.fault("stall", info_code=young().info_code, seconds=60)
    first = desk.start("recheck", "--json", FINEWS_TIMEOUT="120")
    try:
        while not desk.newsroom.count("text"):
            assert first.poll() is None, first.communicate()
            time.sleep(0.02)
        second = desk.run("recheck", "--json")
        assert second.status == 0, second.err
        assert second.json["slot"]["pid"] == first.pid
        assert second.json["note"].startswith("skipped: run 2 rechecks already")
        desk.publish(young(2, feeds=("37",)))
        assert outcomes(desk.poll()) == {young(2).info_code: ("new", "")}
    finally:
        first.send_signal(signal.SIGKILL)
        first.communicate()
    desk.newsroom.clear_faults()
    assert rechecked(desk).counts["unchanged"] == 1


@pytest.mark.parametrize(
    "boundary",
    [
        pytest.param("after_claim", marks=pytest.mark.slow),
        "after_payload",
        pytest.param("after_load", marks=pytest.mark.slow),
    ],
)
def test_a_kill_in_the_middle_loses_no_edit(desk: Desk, boundary: str) -> None:
    desk.publish(young())
    desk.ingest(young())
    desk.newsroom.edit(young().info_code, body=EDITED)
    let_pass(desk, HOUR)
    desk.newsroom.forget_requests()
    # Leases are taken once before, for what an earlier run may have left.
    passing = "2" if boundary == "after_claim" else "1"
    killed = subprocess.run(  # noqa: PLW1510 - it is killed
        [sys.executable, "-m", "tests.pipeline.killed_run", boundary, passing, "recheck"],
        env=desk.environment(),
        cwd=desk.folder,
        capture_output=True,
        timeout=120,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    rechecked(desk)
    assert EDITED in next(iter(desk.tree().values())).decode()
    assert texts_asked(desk) == [young().info_code]
    assert next_turns(desk) == [6.0]
    assert standing(desk) == [("done", "", False)]
    assert desk.rows("select count(*) from events where outcome = 'updated'") == [(1,)]
    assert desk.count("revisions") == 1


def test_all_that_runs_at_once_stays_within_the_rate(desk: Desk) -> None:
    given: dict[str, Any] = {"rate": 40.0, "backfill_share": 0.5, "recheck_share": 0.1}
    settings = desk.settings(**given)
    with Pipeline(settings, crawling=1, background=1, kind=RECHECK) as pipeline:
        told = pipeline.crawl._settings
        assert told is not None
        assert told.rate == pytest.approx(4.0)
    shares = shares_of(settings)
    for backfills in range(4):
        for rechecks in range(2):
            at_work = {"backfill": backfills, "recheck": rechecks}
            before = {**at_work, "backfill": max(0, backfills - 1)}
            used = part_of_the_rate(shares, at_work)
            used += backfills * part_of_the_rate(shares, before, "backfill", processes=backfills)
            # Also one that begins while the others are under way finds its part free.
            used += part_of_the_rate(shares, at_work, "recheck")
            assert used <= 1 + 1e-9


def test_steps_are_read_in_any_order() -> None:
    settings = Settings.load(recheck_after="2d, 90s,1H")
    assert settings.recheck_steps == (timedelta(seconds=90), HOUR, timedelta(days=2))
