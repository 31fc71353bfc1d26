"""A source with some days of articles, for backfills."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from finews.newsroom import SourceArticle
from tests.pipeline.desk import Desk, article

FIRST = date(2026, 3, 2)


def at(number: int, moment: str | datetime, **fields: Any) -> SourceArticle:
    """An article of this moment (`2026-03-02 09:30:00`), whose infoCode is of the same day and ends in `number`."""
    text = moment if isinstance(moment, str) else f"{moment:%Y-%m-%d %H:%M:%S}"
    return article(number, info_code=f"NW{text[:10].replace('-', '')}{number:010d}", moment=text, **fields)


def day_of_news(day: date, number: int, *, first: int = 1, **fields: Any) -> list[SourceArticle]:
    """So many articles over a day, the first at midnight and the last in its last second."""
    midnight = datetime.combine(day, datetime.min.time())
    apart = timedelta(seconds=86_399 / max(1, number - 1))
    return [at(first + place, midnight + place * apart, **fields) for place in range(number)]


def days_of_news(days: int, number: int, *, first: date = FIRST, **fields: Any) -> list[SourceArticle]:
    """So many days with so many articles each, one after the other."""
    return [
        each
        for place in range(days)
        for each in day_of_news(first + timedelta(days=place), number, first=place * number + 1, **fields)
    ]


def of_days(articles: Iterable[SourceArticle], *days: str) -> set[str]:
    """InfoCodes of those that the source dates at one of these days."""
    return {each.info_code for each in articles if each.moment[:10] in days}


def in_database(desk: Desk) -> set[str]:
    """InfoCodes that have a row."""
    return {code for (code,) in desk.rows("select info_code from articles")}


def texts_asked(desk: Desk) -> list[str]:
    """InfoCodes whose text was asked for, once for each request."""
    return [each.info_code for each in desk.newsroom.requests if each.kind == "text" and each.info_code]


def codes_of(articles: Sequence[SourceArticle]) -> list[str]:
    """Their infoCodes."""
    return [each.info_code for each in articles]
