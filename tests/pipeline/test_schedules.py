"""What runs by itself, and when; what was missed becomes one; when and why a run was to be is in the ledger."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from finews.flows.deployments import DEPLOYED, deployment_of
from finews.flows.pipeline import Pipeline
from finews.flows.poll import poll
from finews.flows.report import Report
from finews.flows.retry import retry_due
from finews.flows.service_lock import only_service
from finews.newsroom import SourceArticle
from finews.schema.errors import AlreadyUpError
from tests.pipeline.desk import Desk, article


def listed(number: int) -> SourceArticle:
    """An article that a feed lists."""
    return article(number, feeds=("37",))


def scheduled_poll(desk: Desk, at: datetime) -> Report:
    """A poll that was to begin at a time."""
    with Pipeline(desk.settings(), crawling=1, scheduled_for=at) as pipeline:
        return poll(pipeline, reason="schedule")


def test_missed_polls_become_one(desk: Desk) -> None:
    desk.publish(listed(1))
    now = datetime.now(UTC)
    missed = [now - timedelta(minutes=each) for each in (3, 2, 1)]
    first, *others = [scheduled_poll(desk, at) for at in missed]
    asked = desk.newsroom.count()
    assert first.counts["new"] == 1
    assert [each.note[:8] for each in others] == ["skipped:"] * 2
    assert asked == desk.newsroom.count()
    rows = desk.rows(
        "select state, reason, detail ->> 'scheduled_for', detail ->> 'made_up_by' from runs order by id"
    )
    made_up = [("skipped", "missed, and made up for", at.isoformat(), str(first.run)) for at in missed[1:]]
    assert rows == [("ended", "schedule", missed[0].isoformat(), None), *made_up]


def test_a_poll_whose_time_comes_after_another_began_is_done(desk: Desk) -> None:
    desk.publish(listed(1))
    scheduled_poll(desk, datetime.now(UTC))
    desk.publish(listed(2))
    assert scheduled_poll(desk, datetime.now(UTC) + timedelta(seconds=1)).counts["new"] == 1


def test_a_poll_of_one_feed_makes_up_for_none(desk: Desk) -> None:
    before = datetime.now(UTC) - timedelta(minutes=1)
    desk.poll("37")
    desk.publish(listed(1))
    assert scheduled_poll(desk, before).counts["new"] == 1


def test_what_is_due_is_asked_for_without_the_feeds(desk: Desk) -> None:
    desk.publish(listed(1))
    desk.newsroom.fault("http_500", path="/NewsData/GetNewsText.do")
    assert desk.ingest(listed(1), retry_min=0.05, retry_max=0.05).counts["failed"] == 1
    desk.newsroom.clear_faults()
    desk.newsroom.forget_requests()
    with Pipeline(desk.settings(), crawling=1) as pipeline:
        report = retry_due(pipeline, reason="schedule")
    assert report.counts["new"] == 1
    assert {each.path for each in desk.newsroom.requests} <= {"/NewsData/GetNewsText.do", "/robots.txt"}
    assert desk.rows("select kind, reason, state from runs order by id desc limit 1") == [
        ("retry", "schedule", "ended")
    ]


def test_every_flow_is_deployed_with_words_and_tags(desk: Desk) -> None:
    settings = desk.settings(poll_seconds=90, publish_build=True)
    made = {each.flow.name: deployment_of(each, "pool", settings) for each in DEPLOYED}
    assert set(made) >= {"ingest", "poll", "retry-due", "backfill", "replay", "publish", "reconcile"}
    assert set(made) >= {"recheck", "retention", "alerts"}
    assert all(each.description and "finews" in each.tags for each in made.values())
    (poll_schedule,) = made["poll"].schedules or []
    assert poll_schedule.schedule.interval == timedelta(seconds=90)  # type: ignore[union-attr]
    (nightly,) = made["reconcile"].schedules or []
    assert (nightly.schedule.cron, nightly.schedule.timezone) == ("30 3 * * *", "Asia/Shanghai")  # type: ignore[union-attr]
    assert made["publish"].parameters == {"build": True, "git": False}
    scheduled = {name: each for name, each in made.items() if each.schedules}
    assert all(each.concurrency_limit == 1 for each in scheduled.values())
    assert all(
        str(each.concurrency_options).endswith("CANCEL_NEW grace_period_seconds=None")
        for each in scheduled.values()
    )


def test_every_parameter_of_a_deployment_has_its_help(desk: Desk) -> None:
    for each in DEPLOYED:
        schema = each.flow.parameters.model_dump()
        for name, field in schema["properties"].items():
            assert field.get("description"), (each.flow.name, name)


def test_a_second_service_says_who_has_the_folder(tmp_path: Path) -> None:
    with only_service(tmp_path, print) as lock:
        lock.tell(prefect="http://127.0.0.1:4200")
        with pytest.raises(AlreadyUpError, match=rf"process {os.getpid()} since .* Prefect at http") as told:
            only_service(tmp_path, print).__enter__()
        assert told.value.exit_status == 2
    with only_service(tmp_path, print):
        pass


def test_what_a_killed_service_left_is_waited_for(tmp_path: Path) -> None:
    said: list[str] = []
    with only_service(tmp_path, said.append) as lock:
        rest = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1)"], pass_fds=lock.kept)
        note = (tmp_path / "up.json").read_text()
    dead = psutil.Process().create_time() - 1000
    (tmp_path / "up.json").write_text(note.replace(str(psutil.Process().create_time()), str(dead)))
    with only_service(tmp_path, said.append):
        assert rest.poll() is not None or rest.wait(5) == 0
    assert len(said) == 1
    assert "coming to its end" in said[0]
