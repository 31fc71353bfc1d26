"""A poll's time is bounded: what is new comes first, and what failed is tried again over as many polls as it takes."""

from __future__ import annotations

from finews.flows.pipeline import Pipeline
from finews.flows.poll import poll
from tests.pipeline.archive import in_database, texts_asked
from tests.pipeline.desk import Desk, article, outcomes

MANY = 300


def failing(desk: Desk, *codes: str) -> None:
    """Has these links failed before, and be due."""
    desk.execute(
        """
        insert into links (info_code, state, reason, attempts, due_at)
        select unnest(%s::text[]), 'failed', 'timeout', 3, now() - interval '1 hour'
        """,
        [list(codes)],
    )


def test_news_do_not_wait_for_what_failed(desk: Desk) -> None:
    old = [article(number) for number in range(1, MANY + 1)]
    desk.publish(*old)
    failing(desk, *(each.info_code for each in old))
    desk.newsroom.fault("stall", path="text", seconds=0.15)
    with Pipeline(desk.settings(concurrency=16, poll_seconds=0.3), crawling=1) as pipeline:
        first = poll(pipeline)
        assert 0 < first.counts["new"] < MANY
        assert first.extra["left"] == MANY - first.counts["new"]
        assert f"{first.extra['left']} links wait for the next poll" in first.note
        assert desk.rows("select count(*) from links where lease_token is not null") == [(0,)]
        news = article(MANY + 1, feeds=("37",))
        desk.publish(news)
        desk.newsroom.forget_requests()
        second = poll(pipeline)
        assert outcomes(second)[news.info_code] == ("new", "")
        assert texts_asked(desk)[0] == news.info_code
        assert second.extra["left"] > 0
        while poll(pipeline).extra["left"]:
            pass
    assert in_database(desk) == {each.info_code for each in [*old, news]}
    assert desk.rows("select count(*) from events where outcome = 'new'") == [(MANY + 1,)]


def test_news_that_take_all_of_the_time_leave_a_turn_to_what_failed(desk: Desk) -> None:
    old, news = [article(number) for number in range(1, 60)], article(60, feeds=("37",))
    desk.publish(*old, news)
    failing(desk, *(each.info_code for each in old))
    desk.newsroom.fault("stall", path="text", seconds=0.3)
    report = desk.poll(concurrency=4, poll_seconds=0.01)
    assert outcomes(report)[news.info_code] == ("new", "")
    assert 1 < report.counts["new"] < 60
