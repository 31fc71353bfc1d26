"""Normalising never raises, whatever JSON a source may answer, and never lets half an article through."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from finews.flows.normalise import normalise
from finews.schema.articles import content_hash
from finews.schema.records import Article, Listing, Payload, Rejection

CODE = "NW202603100000000001"
WORDS = {"title": "标题", "date": "2026-03-10 09:30:00", "medianame": "样本报", "text": "<p>正文</p>"}
REASONS = {
    "title_missing",
    "date_missing",
    "media_missing",
    "body_empty",
    "not_json",
    "wrong_article",
    "bad_encoding",
}

any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
fields = st.sampled_from([*WORDS, "from", "content", "id", "newsid", "author", "reletecodes", "url", "order"])


def payload(body: bytes, part: str = "text") -> Payload:
    """A stored payload with this body."""
    return Payload(
        id=1,
        info_code=CODE,
        part=part,
        url="http://127.0.0.1/",
        status=200,
        content_type="application/json; charset=utf-8",
        fetched_at=datetime(2026, 3, 10, tzinfo=UTC),
        body=body,
    )


def answered(answer: Any) -> Article | Rejection:
    """What becomes of a JSON answer."""
    return normalise(payload(json.dumps(answer).encode()))


@given(st.dictionaries(fields, any_json, max_size=6))
@settings(max_examples=300, derandomize=True)
def test_any_field_may_be_anything(odd: dict[str, Any]) -> None:
    made = answered({**WORDS, **odd})
    if isinstance(made, Rejection):
        assert made.reason in REASONS
        return
    assert made.title
    assert made.media
    assert made.body
    assert "\0" not in made.title + made.media + made.body
    (made.title + made.media + made.body).encode()
    assert len(content_hash(made)) == 32


@given(st.binary(max_size=200) | any_json.map(lambda value: json.dumps(value).encode()), st.booleans())
@settings(max_examples=300, derandomize=True)
def test_any_bytes_may_come(body: bytes, page: bool) -> None:
    made = normalise(payload(body, "page" if page else "text"))
    assert isinstance(made, Rejection)
    assert made.reason in REASONS


def listing(feed: str, **told: Any) -> Listing:
    """What a feed said of the article."""
    return Listing(**{"info_code": CODE, "feed": feed, "position": 0, **told})


def test_the_feeds_media_wins_and_their_order_is_fixed() -> None:
    seen = [listing("38", media="市场报"), listing("headlines", media="头条报"), listing("rolling")]
    for order in (seen, seen[::-1]):
        made = normalise(payload(json.dumps(WORDS).encode()), listings=order)
        assert isinstance(made, Article)
        assert (made.media, made.rolling) == ("头条报", False)


def test_the_media_is_found_in_the_body_at_last() -> None:
    body = '<p>正文</p><p class="em_media">（文章来源：<a href="http://a.example">证券时报</a>网）</p>'
    made = answered({**WORDS, "medianame": "", "text": body})
    assert isinstance(made, Article)
    assert made.media == "证券时报网"


def test_rolling_news_needs_no_media_and_keeps_its_digest() -> None:
    told = listing("rolling", digest="【标题】第一段】第二段 \n 末", url="javascript:alert(1)")
    made = normalise(payload(json.dumps({**WORDS, "medianame": None}).encode()), listings=[told])
    assert isinstance(made, Article)
    assert (made.rolling, made.media, made.digest, made.link) == (True, "", "第二段 末", "")
