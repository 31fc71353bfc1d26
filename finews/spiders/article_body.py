"""An article-text answer → the fields that a post is made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from finews.schema.infocode import as_code, digits
from finews.schema.records import Record

from .decoding import WireError, json_object, string
from .moment import parse_moment


@dataclass(frozen=True, kw_only=True)
class ArticleText(Record):
    """What the source says of an article, as it says it: strings are raw, and empty where there is none."""

    title: str
    moment: datetime | None
    media: str
    source: str
    html: str
    authors: tuple[str, ...] = ()


def article_text(info_code: str, body: bytes, charset: str) -> ArticleText:
    """The fields of a GetNewsText.do answer; `charset` is its Content-Type or the charset in it.

    Raises WireError `bad_encoding`, `not_json`, `wrong_article` (its `id` or `newsid` is another infoCode),
    or `body_empty` (no bytes at all, or no text in `text` and `content`).
    """
    return text_of(info_code, json_object(body, charset, exact=False))


def text_of(info_code: str, answer: dict[str, Any]) -> ArticleText:
    """The same of an answer that is decoded already."""
    if names_another(info_code, answer):
        raise WireError("wrong_article")
    found = fields_of(answer)
    if not found.html:
        raise WireError("body_empty")
    return found


def names_another(info_code: str, answer: dict[str, Any]) -> bool:
    """Whether an answer says that it is of another article than this one."""
    own = (info_code, digits(info_code), None)
    return any(
        said not in own and as_code(said) not in (info_code, None)
        for said in (answer.get("id"), answer.get("newsid"))
    )


def codes_named(answer: dict[str, Any]) -> set[str]:
    """The infoCodes of which an answer says that they are its own."""
    return {code for key in ("id", "newsid") if (code := as_code(answer.get(key)))}


def fields_of(answer: dict[str, Any]) -> ArticleText:
    """The fields of an answer as they are, whosever they are, and whether there is a text or not."""
    html = next((text for key in ("text", "content") if (text := string(answer.get(key))).strip()), "")
    authors = answer.get("author")
    return ArticleText(
        title=string(answer.get("title")),
        moment=parse_moment(string(answer.get("date"))),
        media=string(answer.get("medianame")),
        source=string(answer.get("from")),
        html=html,
        authors=tuple(filter(None, map(string, authors))) if isinstance(authors, list) else (),
    )
