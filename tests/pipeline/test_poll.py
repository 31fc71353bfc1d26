"""`poll`: five feeds, only what is not known yet, and no feed stops another."""

from __future__ import annotations

import pytest

from finews.flows.poll import known_feeds
from finews.schema.records import FEEDS
from tests.pipeline.desk import Desk, article, outcomes

ROLLING = {
    "feeds": ("rolling",),
    "digest": "【样本公司公告】样本公司今日发布公告（样本财经）",
    "url_w": "http://finance.eastmoney.com/news/1350,202603100000000001.html",
    "body_field": "content",
}


def test_a_poll_fetches_what_feeds_list_and_the_second_nothing(desk: Desk) -> None:
    desk.publish(
        article(1, feeds=("37",)), article(2, feeds=("headlines", "38", "39")), article(3, **ROLLING)
    )
    first = desk.poll()
    assert first.counts["new"] == 3
    assert {each.name: (each.listed, each.discovered, each.error) for each in first.feeds} == {
        "rolling": (1, 1, None),
        "headlines": (1, 1, None),
        "37": (1, 1, None),
        "38": (1, 1, None),
        "39": (1, 1, None),
    }
    assert desk.count("sightings") == 5
    desk.newsroom.forget_requests()
    before = desk.tree()
    second = desk.poll()
    assert desk.newsroom.count() == desk.newsroom.count("feeds") == 5
    assert (second.counts["skipped"], second.counts["new"], second.requests) == (3, 0, 5)
    assert desk.tree() == before


def test_rolling_news_has_its_own_form(desk: Desk) -> None:
    desk.publish(article(1, **ROLLING))
    report = desk.poll()
    assert report.results[0].post == "_posts/2026-03-10-202603100000000001.md"
    (text,) = (each.decode() for each in desk.tree().values())
    assert "categories: emnews\ntags: 东财滚动新闻\n---\n> 样本公司今日发布公告（样本财经）\n\n<p>" in text
    assert "\n\n<http://finance.eastmoney.com/news/1350,202603100000000001.html>\n\n" in text
    assert text.endswith(
        "[返回东财滚动新闻](//finews.withounder.com/emnews/)｜[返回首页](//finews.withounder.com/)"
    )


def test_what_another_feed_lists_too_is_not_rolling_news(desk: Desk) -> None:
    desk.publish(article(1, **{**ROLLING, "feeds": ("rolling", "39")}))
    assert desk.poll().results[0].post == f"_posts/2026-03-10-{article(1).info_code}.md"


def test_a_later_sighting_is_recorded_and_moves_nothing(desk: Desk) -> None:
    desk.publish(article(1, **ROLLING))
    desk.poll()
    before = desk.tree()
    desk.newsroom.edit(article(1).info_code, feeds=("rolling", "37"))
    assert desk.poll().counts["skipped"] == 1
    assert desk.count("sightings") == 2
    assert desk.ingest(article(1)).counts["unchanged"] == 1
    assert desk.tree() == before


def test_an_empty_title_and_time_in_the_feed_do_no_harm(desk: Desk) -> None:
    desk.publish(
        article(1, feeds=("rolling", "37"), feed_extra={"title": "", "showtime": "", "datetime": None})
    )
    assert desk.poll().counts["new"] == 1


def test_the_feed_lends_what_the_article_lacks(desk: Desk) -> None:
    desk.publish(article(1, feeds=("37",), extra={"title": "", "date": None, "medianame": ""}))
    assert desk.poll().counts["new"] == 1
    (text,) = desk.tree().values()
    assert article(1).title in text.decode()


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("http_500", "http_500"),
        ("html", "not_json"),
        ("truncated_json", "not_json"),
        ("drop", "connection"),
        ("stall", "timeout"),
        ("captcha", "captcha"),
    ],
)
def test_a_broken_feed_stops_no_other(desk: Desk, fault: str, error: str) -> None:
    desk.publish(article(1, feeds=("37",)), article(2, feeds=("38",)))
    desk.newsroom.fault(fault, path="/information/newmarket/web/webapi?marketType=37")
    desk.newsroom.fault(fault, path="/web/webapi")
    report = desk.poll()
    errors = {each.name: each.error for each in report.feeds}
    assert errors["rolling"] == errors["headlines"] == error
    assert errors["38"] is None
    assert article(2).info_code in outcomes(report)
    assert report.trouble
    desk.newsroom.clear_faults()
    assert desk.poll().trouble is False


def test_half_a_record_is_used_as_far_as_it_goes(desk: Desk) -> None:
    desk.publish(*(article(number, feeds=("37",)) for number in range(1, 7)))
    desk.newsroom.fault("half_fields", path="feeds")
    report = desk.poll()
    assert not any(each.error for each in report.feeds)
    assert set(outcomes(report).values()) <= {("new", "")}
    desk.newsroom.clear_faults()
    desk.poll()
    assert desk.count("articles") == 6


def test_a_wrong_feed_name_is_refused(desk: Desk) -> None:
    ran = desk.run("poll", "--feed", "40")
    assert ran.status == 2
    assert "rolling, headlines, 37, 38, 39" in ran.err


def test_a_feed_is_known_by_its_other_names() -> None:
    assert known_feeds(["market-38", "Headline", "37", "37"]) == ("headlines", "37", "38")
    assert known_feeds([]) == FEEDS


def test_a_feed_that_asks_for_peace_stops_no_article(desk: Desk) -> None:
    desk.publish(article(1, feeds=("37",)))
    desk.newsroom.fault("http_429", path="/web/webapi", retry_after=3600)
    report = desk.poll(sources=desk.newsroom.bases[:1])
    assert {each.name: each.error for each in report.feeds}["rolling"] == "http_429"
    assert outcomes(report) == {article(1).info_code: ("new", "")}
