"""The record of an article."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from finews.newsroom import SourceArticle, load_samples

PLAIN: dict[str, Any] = {
    "info_code": "NW202603021234567890",
    "title": "标题",
    "moment": "2026-03-02 09:00:00",
    "medianame": "每日产经",
    "body": "<p>正文</p>",
}


@pytest.mark.parametrize(
    "wrong",
    [
        {"info_code": "202603021234567890"},
        {"info_code": "NW20260302123456789"},
        {"feeds": ("36",)},
        {"body_field": "html"},
    ],
)
def test_what_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="not"):
        SourceArticle(**{**PLAIN, **wrong})


def test_every_sample_survives_json() -> None:
    for article in load_samples():
        assert SourceArticle.from_json(article.to_json()) == article


def test_an_unknown_field_is_a_type_error() -> None:
    with pytest.raises(TypeError):
        SourceArticle(**PLAIN).evolve(colour="red")


def test_its_place_in_time_does_not_need_a_moment() -> None:
    article = SourceArticle(**PLAIN)
    assert article.sort_key == ("2026-03-02 09:00:00", article.info_code)
    assert article.evolve(moment="昨天").sort_key[0] == "2026-03-02 00:00:00"


def test_moving_it_moves_code_moment_and_address() -> None:
    address = "http://finance.eastmoney.com/a/202603021234567890.html"
    moved = SourceArticle(**PLAIN, url_w=address).moved_to(datetime(2027, 1, 1, 20, 30, tzinfo=UTC))
    assert moved.info_code == "NW202701021234567890"
    assert moved.moment == "2027-01-02 04:30:00"
    assert moved.url_w == "http://finance.eastmoney.com/a/202701021234567890.html"
