"""Any number of articles from a seed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count as numbers
from random import Random
from typing import Final

from .article import CHINA, MOMENT_FORMAT, SourceArticle
from .phrasing import Company, Phrasing
from .samples import em_media, paragraphs, security_tag

FIRST_MOMENT: Final = datetime(2026, 3, 9, 8, 0, tzinfo=CHINA)

# Each of so many seeds numbers its articles in a range of its own, apart from the samples'.
_FIRST_NUMBER: Final = 2_000_000_000
_NUMBERS_OF_A_SEED: Final = 10_000_000
_SEEDS: Final = 700

# Feeds that list an article, and how often: half are in one market feed, some in several feeds.
_LISTINGS: Final[tuple[tuple[tuple[str, ...], int], ...]] = (
    (("rolling",), 22),
    (("37",), 18),
    (("38",), 16),
    (("39",), 16),
    (("headlines",), 8),
    (("37", "38"), 6),
    (("headlines", "37"), 5),
    (("rolling", "headlines"), 4),
    (("rolling", "38", "39"), 3),
    ((), 2),
)
# Paragraphs of a body: mostly few, now and then a long read.
_SIZES: Final = ((1, 3), (3, 6), (4, 9), (25, 60))
_SIZE_WEIGHTS: Final = (20, 45, 33, 2)


def generate(
    count: int | None = None,
    seed: int = 0,
    start: datetime = FIRST_MOMENT,
    *,
    apart: timedelta = timedelta(seconds=80),
) -> Iterator[SourceArticle]:
    """``count`` articles (endlessly many if None), one after another in time.

    The first is of ``start``, an aware time, each next one on average ``apart`` later. The same arguments give
    the same articles, and a larger count only goes on where a smaller one ends. InfoCodes are unique, also
    across seeds from 0 to 699, up to ten million articles a seed.
    """
    random = Random(seed)
    phrasing = Phrasing(random)
    first = _FIRST_NUMBER + seed % _SEEDS * _NUMBERS_OF_A_SEED
    moment = start.astimezone(CHINA)
    for number in numbers() if count is None else range(count):
        yield _article(random, phrasing, moment, first + number)
        moment += apart * (2 * random.random())


@dataclass(frozen=True, kw_only=True, slots=True)
class _Body:
    html: str
    codes: tuple[str, ...]


def _article(random: Random, phrasing: Phrasing, moment: datetime, number: int) -> SourceArticle:
    digits = f"{moment:%Y%m%d}{number:010d}"
    feeds = random.choices([feeds for feeds, _ in _LISTINGS], [weight for _, weight in _LISTINGS])[0]
    rolling = feeds == ("rolling",)
    company = phrasing.company()
    title = phrasing.title(company)
    media = "" if rolling else phrasing.media()
    body = _body(random, phrasing, company, media, flash=rolling)
    return SourceArticle(
        info_code=f"NW{digits}",
        title=title,
        moment=moment.strftime(MOMENT_FORMAT),
        medianame=media,
        from_=media,
        author=phrasing.authors(),
        body=body.html,
        digest=f"【{title}】{phrasing.sentence(company.name)}",
        url_w=f"http://finance.eastmoney.com/a/{digits}.html",
        codes=body.codes,
        feeds=feeds,
        body_field="content" if rolling else "text",
    )


def _body(random: Random, phrasing: Phrasing, company: Company, media: str, *, flash: bool) -> _Body:
    low, high = (1, 1) if flash else random.choices(_SIZES, _SIZE_WEIGHTS)[0]
    tagged = random.random() < 0.4
    named = security_tag(company.market, company.code, company.name) if tagged else company.name
    texts = [phrasing.paragraph(named) for _ in range(random.randint(low, high))]
    # A paragraph that begins with a tag would be taken for finished HTML.
    texts = [f"据悉，{text}" if text.startswith("<") else text for text in texts]
    if not flash and random.random() < 0.06:
        texts.insert(len(texts) // 2, phrasing.table())
    exchange = "SH" if company.market == "1" else "SZ"
    return _Body(
        html=paragraphs(texts) + (em_media(media) if media else ""),
        codes=(f"{company.code}.{exchange}",) if tagged else (),
    )
