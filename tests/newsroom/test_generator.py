"""Articles from a seed."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from itertools import islice, pairwise

from finews.newsroom import FEEDS, FIRST_MOMENT, generate, load_samples
from finews.newsroom.article import CHINA


def test_the_same_seed_gives_the_same_articles() -> None:
    assert list(generate(50, seed=7)) == list(generate(50, seed=7))
    assert list(generate(50, seed=7)) != list(generate(50, seed=8))


def test_a_larger_count_goes_on_where_a_smaller_one_ends() -> None:
    assert list(generate(30, seed=1)) == list(islice(generate(90, seed=1), 30))


def test_it_is_lazy_and_without_end() -> None:
    assert len(list(islice(generate(), 5))) == 5


def test_no_two_articles_share_a_code() -> None:
    codes = [article.info_code for seed in (0, 1, 699) for article in generate(700, seed=seed)]
    codes += [article.info_code for article in load_samples()]
    assert len(set(codes)) == len(codes)


def test_it_varies() -> None:
    articles = list(generate(1500))
    sizes = Counter(article.body.count("<p>") for article in articles)
    assert len({article.medianame for article in articles}) >= 14
    assert {feed for article in articles for feed in article.feeds} == set(FEEDS)
    assert sizes[1]
    assert max(sizes) >= 25
    assert any("data-code=" in article.body for article in articles)
    assert any("<table>" in article.body for article in articles)
    assert any(len(article.feeds) > 1 for article in articles)


def test_no_pattern_is_left_unfilled() -> None:
    for article in generate(300):
        assert "{" not in f"{article.title}{article.body}{article.digest}"
        assert article.title
        assert article.body
        assert article.digest


def test_time_goes_forward_from_the_start() -> None:
    start = datetime(2025, 12, 31, 23, 50, tzinfo=CHINA)
    articles = list(generate(60, start=start, apart=timedelta(minutes=1)))
    assert articles[0].moment == "2025-12-31 23:50:00"
    assert all(one.sort_key < other.sort_key for one, other in pairwise(articles))
    assert articles[-1].info_code.startswith("NW20260101")
    assert next(generate(1)).placed() == FIRST_MOMENT
