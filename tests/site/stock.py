"""Posts for a site: generated news, the samples with all their oddities, and articles that mean harm."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
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

GENERATED, HOSTILE = 400, 130
_NEWEST_HOSTILE = datetime(2026, 3, 9, 16, 30, tzinfo=CHINA)

AWKWARD = [
    *("<script>alert(1)</script>", "</title><script>alert(1)</script>", "<!--", "]]>", "{{ site.time }}"),
    *(
        "{% raw %}",
        '"><img src=x onerror=alert(1)>',
        "' onmouseover='alert(1)",
        "&lt;b&gt; &amp;amp;",
        "a & b",
    ),
    *("2024", "true", "1e5", "null", "a: b", "# a", "- a", "a  b", "A B", "..", "a..b", "a.", ".net", "_x"),
    *(
        "(x",
        "x)",
        "(x)",
        "index",
        "size",
        "first",
        "category",
        "assets",
        "old_post",
        "search",
        "feed",
        "$url",
    ),
    *(
        "\\",
        "*a*",
        "[x](javascript:alert(1))",
        "~",
        "<h1>x</h1>",
        "a\u2028b",
        "</script>",
        "-->",
        "｜返回首页",
    ),
]
"""Titles and media names that a template may stumble over."""

_REFERENCES = (
    "甲&nbsp;乙 &ldquo;丙&rdquo;&mdash;&mdash;5&times;3&hellip;&hellip; &#39;丁&#39; &amp;lt;"
    " &quot;&lt;b&gt;&quot; A&middot;B"
)
PICTURE = "http://pictures.example/chart.png"
WIDE = "NW202603099999999999"
_WIDE_BODY = (
    "<p>正文里有一张很宽的表：</p><table width='1800'><thead><tr>"
    + "".join(f"<th>第{number}季度营业收入</th>" for number in range(1, 15))
    + "</tr></thead><tbody>"
    + "".join(f"<tr>{''.join(f'<td>{row}{n},345.67</td>' for n in range(14))}</tr>" for row in range(1, 4))
    + "</tbody></table>"
    f'<p style="text-align:center"><img src="{PICTURE}" width="2400" style="width:2400px;height:300px"></p>'
    f"<p>{'http://long.example/' + 'a' * 300}</p><pre>{'一行很长的文字 ' * 40}</pre>"
    f'<p style="width:3000px;background-color:#fff;color:#111"><nobr>{"不换行" * 60}</nobr></p>'
    '<h1>文章自己的大标题</h1><p>涉及<span data-code="1,600160" class="keytip">巨化股份</span>。</p>'
    '<p class="em_media">（文章来源：宽版日报）</p>'
)


def rows() -> list[PostRow]:
    """The rows of a whole site, every call the same; more than five hundred."""
    slugs: dict[str, str] = {}
    articles = [*_generated(), *_samples(), *_hostile(), _wide()]
    return [_row(article, _slug(slugs, article)) for article in articles]


def _slug(slugs: dict[str, str], article: Article) -> str:
    if article.rolling:
        return "emnews"
    if article.media not in slugs:
        taken = set(slugs.values())
        slugs[article.media] = next(each for each in candidates(article.media) if each not in taken)
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
        read = normalise(replace(payload_of(each), id=1), listings=listings_of(each))
        if isinstance(read, Article):
            yield read


def _generated() -> Iterator[Article]:
    return islice(_read(stocked_articles(GENERATED + 50)), GENERATED)


def _samples() -> Iterator[Article]:
    return _read(iter(load_samples()))


def _hostile() -> Iterator[Article]:
    chance = random.Random(20260309)
    for number in range(HOSTILE):
        phrase = AWKWARD[number // 2 % len(AWKWARD)] if number % 3 else text(chance)
        title, media, digest = (clean_text(each) or "x" for each in (phrase, text(chance), text(chance)))
        if number % 2:
            media, digest = (clean_text(AWKWARD[number // 2 % len(AWKWARD)]) or "x" for _ in range(2))
        body = sanitise(VECTORS[number % len(VECTORS)] if number % 4 else html(chance))
        if number % 7 == 0:
            body = f"<p>{_REFERENCES}</p>{body}"
        yield _article(
            number, title=title, media=media, digest=digest, body=body or "<p>x</p>", rolling=number % 10 == 4
        )


def _article(number: int, *, title: str, media: str, digest: str, body: str, rolling: bool) -> Article:
    moment = _NEWEST_HOSTILE - timedelta(minutes=97 * number)
    return Article(
        info_code=f"NW{moment:%Y%m%d}{number:010d}",
        rolling=rolling,
        title=title,
        moment=moment,
        media="" if rolling else media,
        digest=digest if rolling else "",
        link=(link_target(f"http://a.example/{title}") or "") if rolling else "",
        body=body,
        payload_id=1,
        securities=(),
    )


def _wide() -> Article:
    article = _article(
        0, title="宽表格与大图片", media="宽版日报", digest="", body=sanitise(_WIDE_BODY), rolling=False
    )
    return replace(article, info_code=WIDE)
