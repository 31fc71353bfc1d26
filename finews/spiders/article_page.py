"""A server-rendered article page → the fields that a post is made of.

The shape is that of `finance.eastmoney.com/a/….html`: the article in `#ContentBody`; title, time and source
above it. The article itself is cut out as the HTML it is, with its security tags, tables and images, which
text extraction would drop.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from lxml.html import HtmlElement

from . import page_guess
from .article_body import ArticleText
from .decoding import WireError, decoded
from .moment import find_moment
from .page_tree import content_of, document, empty, inner_html, lines, strings, texts

_NAMED_SOURCE: Final = re.compile(r"来源\s*[：:]\s*([^\s　|｜][^\n|｜]*)")
_SITE_NAME: Final = re.compile(r"[_|]")
_CLASS: Final = "contains(concat(' ', normalize-space(@class), ' '), ' {} ')"
_TIME: Final = f"//*[{_CLASS.format('time')}]"
_INFOS: Final = f"//*[{_CLASS.format('infos')}]"
_ITEMS: Final = f"{_INFOS}//*[{_CLASS.format('item')}]"
_SOURCE: Final = f"//*[{_CLASS.format('source')}]"
_TITLE: Final = f"preceding::*[{_CLASS.format('title')}][normalize-space()][1]"
# The heading next above the article: a site's name may be one too, further up.
_HEADING: Final = "(preceding::h1 | ancestor::h1)[normalize-space()][last()]"
_META_TITLE: Final = "//meta[@property='og:title']/@content"
_META_TIME: Final = "//meta[@property='article:published_time' or @name='publishdate']/@content"


def article_page(info_code: str, body: bytes, charset: str) -> ArticleText:  # noqa: ARG001 - as article_text
    """The fields of a page; `charset` is its Content-Type or the charset in it.

    Raises WireError `bad_encoding`, or `body_empty` where there is no `#ContentBody` with something in it.
    """
    root = document(decoded(body, charset))
    content = None if root is None else content_of(root)
    if root is None or content is None:
        raise WireError("body_empty")
    html = inner_html(content)
    # What stands in the article or in a script may look like a time or a source too.
    empty(root, content)
    return ArticleText(
        title=_title(root, content),
        moment=_moment(root),
        media="",
        source=_source(root),
        html=html,
        authors=(),
    )


def _title(root: HtmlElement, content: HtmlElement) -> str:
    candidates = (
        *texts(content, _HEADING),
        *texts(content, _TITLE),
        *strings(root, _META_TITLE),
        *(_SITE_NAME.split(text, maxsplit=1)[0] for text in texts(root, "//head/title")),
    )
    return (
        next((text for each in candidates if (text := each.strip())), "")
        or page_guess.title_and_source(root)[0]
    )


def _moment(root: HtmlElement) -> datetime | None:
    places = (
        *(text for place in (_TIME, _ITEMS, _INFOS) for text in texts(root, place)),
        *strings(root, _META_TIME),
        lines(root),
    )
    found = next((moment for text in places if (moment := find_moment(text))), None)
    return found or page_guess.moment(root)


def _source(root: HtmlElement) -> str:
    if names := strings(root, "//@data-source"):
        return names[0].strip()
    places = (*(text for place in (_ITEMS, _INFOS, _SOURCE) for text in texts(root, place)), lines(root))
    named = next((match[1].strip() for text in places if (match := _NAMED_SOURCE.search(text))), "")
    bare = texts(root, _SOURCE)
    return named or (bare[0].strip() if bare else page_guess.title_and_source(root)[1])
