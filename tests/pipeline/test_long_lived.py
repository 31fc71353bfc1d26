"""One open pipeline that runs again and again, as a service does: each run stands for itself."""

from __future__ import annotations

import os
import select
import signal

from finews.flows.ingest import ingest
from finews.flows.pipeline import Pipeline
from finews.flows.poll import poll
from tests.pipeline.desk import Desk, article


def test_each_run_counts_its_own_requests(desk: Desk) -> None:
    desk.publish(article(1, feeds=("37",)))
    with Pipeline(desk.settings(), crawling=1) as pipeline:
        first, second = poll(pipeline), poll(pipeline)
        third = ingest(pipeline, [article(1).info_code])
    # Five feeds, one article, and robots.txt of the mirrors that were asked.
    assert first.requests == desk.newsroom.count() - 6
    assert (second.requests, third.requests) == (5, 1)
    noted = desk.rows("select (detail ->> 'requests')::int from runs order by id")
    assert noted == [(first.requests,), (5,), (1,)]


def test_a_poll_after_the_death_of_its_crawl_finds_a_new_one(desk: Desk) -> None:
    desk.publish(article(1, feeds=("37",)))
    with Pipeline(desk.settings(), crawling=1) as pipeline:
        assert poll(pipeline).counts["new"] == 1
        (dead,) = pipeline.crawl.pids
        os.kill(dead, signal.SIGKILL)
        handle = os.pidfd_open(dead)
        assert select.select([handle], [], [], 30)[0], "it lives"
        os.close(handle)
        desk.publish(article(2, feeds=("37",)))
        assert poll(pipeline).counts["new"] == 1
        assert pipeline.crawl.pids != (dead,)


def test_what_fails_has_one_outcome_a_run_however_soon_it_may_be_asked_again(desk: Desk) -> None:
    desk.publish(article(1, feeds=("37",)), article(2, feeds=("37",)))
    desk.newsroom.fault("http_500", path="text")
    with Pipeline(desk.settings(retries=0, retry_min=0.001), crawling=1) as pipeline:
        report = poll(pipeline)
        assert report.counts["failed"] == 2
        assert desk.rows("select info_code, count(*) from events group by 1 order by 1") == [
            (article(1).info_code, 1),
            (article(2).info_code, 1),
        ]
        desk.newsroom.clear_faults()
        assert poll(pipeline).counts["new"] == 2
