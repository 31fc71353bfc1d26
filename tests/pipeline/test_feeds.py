"""What is known of feeds: conditional requests, counts, and flags from their own history."""

from __future__ import annotations

from datetime import timedelta

import pytest

from finews.schema.records import FEEDS
from tests.pipeline.desk import Desk, article


def conditions(desk: Desk) -> list[str | None]:
    """If-None-Match of the feed requests so far."""
    return [
        {name.lower(): value for name, value in each.headers.items()}.get("if-none-match")
        for each in desk.newsroom.requests
        if each.kind == "feeds"
    ]


def test_a_feed_that_has_not_changed_is_not_sent_again(desk: Desk) -> None:
    desk.publish(*(article(number, feeds=("37", "38")) for number in range(1, 4)))
    desk.poll()
    assert conditions(desk) == [None] * 5
    desk.newsroom.forget_requests()
    report = desk.poll()
    assert all(conditions(desk))
    assert {each.name: (each.listed, each.discovered) for each in report.feeds} == {
        "rolling": (0, 0),
        "headlines": (0, 0),
        "37": (3, 0),
        "38": (3, 0),
        "39": (0, 0),
    }
    assert report.counts["skipped"] == 3
    feeds = desk.run("status", "--json").json["feeds"]
    assert {each["name"]: each["listed"] for each in feeds}["37"] == 3


def test_a_feed_that_has_changed_is(desk: Desk) -> None:
    desk.publish(article(1, feeds=("37",)))
    desk.poll()
    desk.publish(article(2, feeds=("37",)))
    report = desk.poll()
    assert report.counts["new"] == 1
    assert {each.name: (each.listed, each.discovered) for each in report.feeds}["37"] == (2, 1)


def test_another_address_is_asked_anew(desk: Desk) -> None:
    """Another number of articles, another mirror: what the old address said does not hold there."""
    desk.publish(*(article(number, feeds=("37",)) for number in range(1, 4)))
    desk.poll(feed_count=1)
    desk.newsroom.forget_requests()
    assert desk.poll(feed_count=3).counts["new"] == 2
    assert conditions(desk) == [None] * 5


def test_what_was_not_committed_is_asked_for_again(desk: Desk) -> None:
    """A feed whose listings were lost with a run must not be told that they are known."""
    desk.publish(article(1, feeds=("37",)))
    desk.execute(
        "create function refuse() returns trigger language plpgsql as 'begin raise exception $$no$$; end'"
    )
    desk.execute("create trigger refuse before insert on sightings for each row execute function refuse()")
    with pytest.raises(Exception, match="no"):
        desk.poll()
    desk.execute("drop trigger refuse on sightings")
    assert desk.poll().counts["new"] == 1


def test_a_failing_feed_keeps_what_it_had(desk: Desk) -> None:
    desk.publish(article(1, feeds=("37",)))
    desk.poll()
    desk.newsroom.fault("http_500", path="feeds")
    desk.poll()
    desk.poll()
    assert desk.rows("select failures, last_error, listed from feeds where name = '37'") == [
        (2, "http_500", 1)
    ]
    desk.newsroom.clear_faults()
    report = desk.poll()
    assert report.counts["skipped"] == 1
    assert desk.rows("select max(failures) from feeds") == [(0,)]


def test_status_flags_silent_and_thin_feeds(desk: Desk) -> None:
    desk.publish(*(article(number, feeds=FEEDS) for number in range(1, 11)))
    desk.poll()
    desk.execute(
        """
        update feeds set readings = 5000, watched = '4 days', usual = 10, news = 500,
                         usual_quiet = '10 min', most_quiet = '8 h', quiet = '1 h'
        """
    )
    desk.execute("update feeds set quiet = '17 h' where name = 'rolling'")
    desk.execute("update feeds set usual = 25 where name = '37'")
    desk.poll()
    found = {each["name"]: each["flags"] for each in desk.run("status", "--json").json["feeds"]}
    assert found == {"rolling": ["silent"], "headlines": [], "37": ["thin"], "38": [], "39": []}
    shown = desk.run("status").out
    assert "silent" in shown
    assert "thin" in shown
    desk.publish(*(article(number, feeds=("rolling", "37")) for number in range(11, 26)))
    desk.poll()
    found = {each["name"]: each["flags"] for each in desk.run("status", "--json").json["feeds"]}
    assert found["rolling"] == found["37"] == []


def test_the_history_of_a_feed_is_kept(desk: Desk) -> None:
    desk.publish(article(1, feeds=("37",)))
    desk.poll()
    desk.execute("update feeds set last_success = last_success - interval '10 min'")
    desk.poll()
    ((readings, watched, usual, news, quiet),) = desk.rows(
        "select readings, watched, usual, news, quiet from feeds where name = '37'"
    )
    assert (readings, usual, news) == (2, 1.0, 1)
    assert timedelta(minutes=10) <= watched == quiet < timedelta(minutes=11)
