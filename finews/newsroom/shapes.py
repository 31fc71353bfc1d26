"""What the source answers: the JSON objects of article text, feeds and search."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .article import SourceArticle


def article_text(article: SourceArticle) -> dict[str, object]:
    """The object that ``GetNewsText.do`` answers."""
    answer: dict[str, object] = {
        "id": article.info_code,
        "title": article.title,
        "date": article.moment,
        "from": article.from_,
        "medianame": article.medianame,
        "author": list(article.author),
        "newsid": article.digits,
        "order": int(article.digits[8:]),
        "url": f"http://finance.eastmoney.com/a/{article.digits}.html",
        "docreader": "",
        "reletecodes": list(article.codes),
        "relkey": "",
        article.body_field: article.body,
    }
    return _overridden(answer, article.extra, may_add=True)


def feed(name: str, articles: Iterable[SourceArticle]) -> dict[str, object]:
    """The object that the feed ``name`` answers, its records in the order given."""
    if name == "rolling":
        return {"records": [_listed(article, _rolling(article)) for article in articles]}
    if name == "headlines":
        return {"nodeList": [_listed(article, _headline(article)) for article in articles]}
    return {"record": [_listed(article, _market(article)) for article in articles]}


def search(articles: Iterable[SourceArticle], total: int | str) -> dict[str, object]:
    """One page of search results and how many there are on all pages."""
    return {"records": [_found(article) for article in articles], "total": total}


def _rolling(article: SourceArticle) -> dict[str, object]:
    return {
        "infoCode": article.info_code,
        "id": article.digits,
        "title": article.title,
        "digest": article.digest,
        "showtime": article.moment,
        "url_w": article.url_w,
    }


def _headline(article: SourceArticle) -> dict[str, object]:
    return {
        "infocode": article.info_code,
        "title": article.title,
        "from": article.from_,
        "showtime": article.moment,
        "simtitle": article.title[:16],
        "simdigest": article.digest.rpartition("】")[2],
    }


def _market(article: SourceArticle) -> dict[str, object]:
    return {
        "infoCode": article.info_code,
        "title": article.title,
        "medianame": article.medianame,
        "datetime": article.moment,
    }


def _found(article: SourceArticle) -> dict[str, object]:
    return {
        "id": article.info_code,
        "title": article.title,
        "date": article.moment,
        "from": article.from_,
        "medianame": article.medianame,
        "url": f"http://finance.eastmoney.com/a/{article.digits}.html",
        "author": list(article.author),
    }


def _listed(article: SourceArticle, record: dict[str, object]) -> dict[str, object]:
    return _overridden(record, article.feed_extra, may_add=False)


def _overridden(
    record: dict[str, object], overrides: Mapping[str, object], *, may_add: bool
) -> dict[str, object]:
    for key, value in overrides.items():
        if key.startswith("-"):
            record.pop(key[1:], None)
        elif may_add or key in record:
            record[key] = value
    return record
