"""The sample articles: invented news, and among it every oddity that the source is known for."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from importlib import resources
from typing import Any, Final

from finews.newsroom.article import SourceArticle

_FILES: Final = ("companies", "markets", "macro", "regions", "flashes", "oddities")
_INDENT: Final = "\u3000\u3000"

# A company in a sample text is written [[1,609901|海屿股份]]: market, security code and name.
_COMPANY: Final = re.compile(r"\[\[([01]),(\d{6})\|(.+?)\]\]")
_EXCHANGES: Final = {"0": "SZ", "1": "SH"}


def load_samples(*, newest: datetime | None = None) -> list[SourceArticle]:
    """All samples; ``newest``, an aware time, moves them by whole days, so that the last is less than a day before it.

    An infoCode moves with its article, also where that has no moment.
    """
    articles = list(_loaded().values())
    if newest is None:
        return articles
    days = (newest - max(article.placed() for article in articles)).days
    return [_moved(article, days) for article in articles]


def sample(label: str) -> SourceArticle:
    """The sample with an oddity, by its label; KeyError for another. See :func:`labels`."""
    return _loaded()[_labels()[label]]


def labels() -> list[str]:
    """The labels of the samples that are there for an oddity."""
    return list(_labels())


def em_media(medianame: str) -> str:
    """The paragraph that names the paper at the end of a body."""
    return f'<p class="em_media">（文章来源：{medianame}）</p>'


def security_tag(market: str, code: str, name: str) -> str:
    """A company in a body, spelt as the source does."""
    return (
        f'<span id="stock_{market}.{code}">'
        f'<a href="http://quote.eastmoney.com/unify/r/{market}.{code}" class="keytip" '
        f'data-code="{market},{code}">{name}</a></span><span id="quote_{market}.{code}"></span>'
    )


def paragraphs(texts: list[str]) -> str:
    """Indented paragraphs with tagged companies; a text that begins with ``<`` is HTML and stays as it is."""
    tagged = (_COMPANY.sub(lambda found: security_tag(*found.groups()), text) for text in texts)
    return "\n ".join(text if text.startswith("<") else f"<p>{_INDENT}{text}</p>" for text in tagged)


@cache
def _loaded() -> dict[str, SourceArticle]:
    articles = (_article(record) for record in _records())
    return {article.info_code: article for article in articles}


@cache
def _labels() -> dict[str, str]:
    return {record["label"]: record["info_code"] for record in _records() if "label" in record}


@cache
def _records() -> list[dict[str, Any]]:
    folder = resources.files(__name__)
    return [
        record
        for name in _FILES
        for record in json.loads(folder.joinpath(f"{name}.json").read_text(encoding="utf-8"))
    ]


def _article(record: Mapping[str, Any]) -> SourceArticle:
    fields = {
        key: value for key, value in record.items() if key not in ("label", "paragraphs", "em_media", "from")
    }
    media = fields["medianame"]
    texts = record.get("paragraphs", [])
    found = dict.fromkeys(match.groups()[:2] for text in texts for match in _COMPANY.finditer(text))
    end = em_media(media) if media and record.get("em_media", True) else ""
    fields.setdefault("body", paragraphs(texts) + end)
    fields.setdefault("codes", [f"{code}.{_EXCHANGES[market]}" for market, code in found])
    fields.setdefault("from_", record.get("from", media))
    fields.setdefault("url_w", f"http://finance.eastmoney.com/a/{fields['info_code'][2:]}.html")
    # The digest is plain text: it names a company without its tag.
    fields["digest"] = _COMPANY.sub(r"\3", fields.get("digest", ""))
    return SourceArticle.from_json(fields)


def _moved(article: SourceArticle, days: int) -> SourceArticle:
    moved = article.moved_to(article.placed() + timedelta(days=days))
    return moved if article.moment else moved.evolve(moment="")
