"""Posts for a site: generated news, the samples with all their oddities, and articles that mean harm."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

from finews.flows.category import candidates
from finews.flows.link_target import link_target
from finews.flows.normalise import normalise, post_path
from finews.flows.sanitise import sanitise
from finews.newsroom import SourceArticle, load_samples
from finews.schema.plain_text import clean_text
from finews.schema.records import CHINA, Article, PostRow
from tests.pipeline.stock import listings_of, payload_of, stocked_articles
from tests.post.hostile import VECTORS, html, text

GENERATED, HOSTILE = 400, 120
_NEWEST_HOSTILE = datetime(2026, 3, 9, 16, 30, tzinfo=CHINA)

AWKWARD = [
    *("<script>alert(1)</script>", "</title><script>alert(1)</script>", "<!--", "]]>", "{{ site.time }}", "{% raw %}"),
    *('"><img src=x onerror=alert(1)>', "' onmouseover='alert(1)", "&lt;b&gt; &amp;amp;", "a & b", "2024", "true"),
    *("1e5", "null", "a: b", "# a", "- a", "a  b", "A B", "..", "a..b", "a.", ".net", "_x", "(x", "x)", "index"),
    *("size", "first", "category", "assets", "old_post", "$url", "\\", "*a*", "[x](javascript:alert(1))", "~"),
]
"""Titles and media names that a template may stumble over."""


def rows() -> list[PostRow]:
    """The rows of a whole site, every call the same; more than five hundred."""
    slugs: dict[str, str] = {}
    articles = [*_generated(), *_samples(), *_hostile()]
    return [_row(article, _slug(slugs, article)) for article in articles]


def _slug(slugs: dict[str, str], article: Article) -> str:
    if article.rolling:
        return "emnews"
    if article.media not in slugs:
        slugs[article.media] = next(each for each in candidates(article.media) if each not in slugs.values())
    return slugs[article.media]


def _row(article: Article, category: str) -> PostRow:
    return PostRow(
        info_code=article.info_code,
        rolling=article.rolling,
        path=post_path(article),
        category=category,
        media=article.media,
        title=article.title,
        moment=article.moment,
        body=article.body,
        digest=article.digest,
        link=article.link,
        revision=1,
        published_revision=None,
        published_hash=None,
    )


def _read(articles: Iterator[SourceArticle]) -> Iterator[Article]:
    for each in articles:
        read = normalise(payload_of(each), listings=listings_of(each))
        if isinstance(read, Article):
            yield read


def _generated() -> list[Article]:
    return list(islice(_read(stocked_articles(GENERATED + 50)), GENERATED))


def _samples() -> list[Article]:
    return list(_read(iter(load_samples())))


def _hostile() -> Iterator[Article]:
    chance = random.Random(20260309)
    for number in range(HOSTILE):
        phrase = AWKWARD[number // 2 % len(AWKWARD)] if number % 3 else text(chance)
        title, media, digest = (clean_text(each) or "x" for each in (phrase, text(chance), text(chance)))
        if number % 2:
            media, digest = clean_text(phrase) or "x", clean_text(phrase)
        rolling = number % 5 == 0
        moment = _NEWEST_HOSTILE - timedelta(minutes=97 * number)
        yield Article(
            info_code=f"NW{moment:%Y%m%d}{number:010d}",
            rolling=rolling,
            title=title,
            moment=moment,
            media="" if rolling else media,
            digest=digest if rolling else "",
            link=(link_target(f"http://a.example/{text(chance)}") or "") if rolling else "",
            body=sanitise(VECTORS[number % len(VECTORS)] if number % 4 else html(chance)) or "<p>x</p>",
            payload_id=1,
            securities=(),
        )
