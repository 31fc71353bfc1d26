"""The bundled articles."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest

from finews.newsroom import FEEDS, labels, load_samples, sample
from finews.newsroom.samples import security_tag


def test_there_are_enough_of_them() -> None:
    articles = load_samples()
    media = {article.medianame for article in articles} - {""}
    assert len(articles) >= 64
    assert len({article.info_code for article in articles}) == len(articles)
    assert len(media) >= 14
    assert {feed for article in articles for feed in article.feeds} == set(FEEDS)


def test_media_names_are_as_odd_as_in_the_wild() -> None:
    media = " | ".join({article.medianame for article in load_samples()})
    for oddity in ("东方 资本", "(中文版)", "（上海）", "港城新闻", "21财经", "重庆", "长安", "厦门"):
        assert oddity in media


def test_an_article_is_dated_on_the_day_of_its_code() -> None:
    for article in load_samples():
        if article.moment:
            assert article.moment[:10].replace("-", "") == article.digits[:8]


@pytest.mark.parametrize(
    ("label", "mark"),
    [
        ("chart_images", "GetPic.aspx?nid=1.609901&type=R"),
        ("table_body", "<table"),
        ("comments_and_hidden", "<!--"),
        ("comments_and_hidden", "display:none"),
        ("security_tags", 'data-code="1,609901"'),
        ("nested_media_tags", '<p class="em_media">（文章来源：<a '),
        ("unsafe_body", "<script>"),
        ("unsafe_body", "onclick="),
        ("unsafe_body", "javascript:"),
        ("long_article", "<p>\u3000\u3000"),
    ],
)
def test_a_body_holds_what_its_label_promises(label: str, mark: str) -> None:
    assert mark in sample(label).body


@pytest.mark.parametrize(
    ("label", "mark"),
    [
        ("quoted_title", '"'),
        ("backslash_title", "\\"),
        ("colon_and_hash_title", "#"),
        ("colon_and_hash_title", ": "),
        ("liquid_title", "{{"),
        ("emoji_title", "🚀"),
        ("spaced_title", "\t"),
    ],
)
def test_a_title_holds_what_its_label_promises(label: str, mark: str) -> None:
    assert mark in sample(label).title


def test_what_is_missing_is_missing() -> None:
    assert sample("no_title").title == ""
    assert sample("no_moment").moment == ""
    assert sample("empty_body").body == ""
    assert "em_media" not in sample("media_nowhere").body
    only_in_body = sample("media_only_in_body")
    assert (only_in_body.medianame, only_in_body.from_) == ("", "")
    assert "（文章来源：绿色能源网）" in only_in_body.body
    assert sample("feed_without_time_and_title").feed_extra["showtime"] == ""


def test_only_unfinished_companies_are_written_short() -> None:
    for article in load_samples():
        assert "[[" not in f"{article.body}{article.digest}"
    assert security_tag("1", "600160", "甲") == (
        '<span id="stock_1.600160"><a href="http://quote.eastmoney.com/unify/r/1.600160" class="keytip" '
        'data-code="1,600160">甲</a></span><span id="quote_1.600160"></span>'
    )


def test_rolling_news_has_its_body_in_content_and_a_digest() -> None:
    rolling = [article for article in load_samples() if article.feeds == ("rolling",)]
    assert len(rolling) >= 10
    assert all(article.body_field == "content" and article.digest for article in rolling)


def test_samples_move_up_to_a_day() -> None:
    newest = max(article.placed() for article in load_samples()) + timedelta(days=400, hours=7)
    moved = load_samples(newest=newest)
    assert timedelta(0) <= newest - max(article.placed() for article in moved) < timedelta(days=1)
    assert len({article.info_code for article in moved}) == len(load_samples())
    assert sum(article.moment == "" for article in moved) == 1


def test_no_label_is_without_its_article() -> None:
    assert all(re.fullmatch(r"NW\d{18}", sample(label).info_code) for label in labels())
    with pytest.raises(KeyError):
        sample("nothing")


def test_overrides_are_plain_json() -> None:
    for article in load_samples():
        assert json.loads(json.dumps([article.extra, article.feed_extra])) == [
            article.extra,
            article.feed_extra,
        ]
