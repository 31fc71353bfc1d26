"""Payload → article: pure, never raises on anything that a source may answer.

VERSION goes up with every change after which the same payload may give another article.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from finews.flows.em_media import em_media
from finews.flows.old_post import article_of
from finews.flows.post import link_target
from finews.flows.sanitise import is_empty, sanitise
from finews.flows.securities import securities
from finews.schema.infocode import digits
from finews.schema.plain_text import clean_text
from finews.schema.records import (
    CHINA,
    FEEDS,
    ROLLING,
    Article,
    Identity,
    Listing,
    Payload,
    Record,
    Rejection,
)
from finews.spiders.article_body import fields_of, names_another
from finews.spiders.decoding import json_object
from finews.spiders.wire import ArticleText, WireError, article_page, article_text

VERSION = 1


def normalise(
    payload: Payload, *, listings: Sequence[Listing] = (), identity: Identity | None = None
) -> Article | Rejection:
    """The article that a payload holds, or why it holds none.

    `listings` is what feeds and the search said of it; `identity` is what an earlier publication fixed. What feeds
    say of the media wins over the article, as the contract has it; title and moment are the article's own, and a
    feed's only where the article has none. The search lists what any feed lists, and is asked last.
    """
    assert payload.id is not None, "a payload is stored before it is read"
    if payload.part == "post":
        return article_of(payload, payload.id)
    read = article_page if payload.part == "page" else article_text
    try:
        text = read(payload.info_code, payload.body, payload.content_type)
    except WireError as error:
        return _rejected(payload, "read", error.reason)
    said = gather(text, listings, identity)
    if reason := lacking(said):
        return _rejected(payload, "normalise", reason, title=said.title, media=said.media)
    assert said.moment is not None, "what lacks its moment was rejected"
    listing = next((each for each in listings if each.feed == ROLLING), None)
    return Article(
        info_code=payload.info_code,
        rolling=said.rolling,
        title=said.title,
        moment=said.moment,
        media=said.media,
        digest=_digest(listing) if said.rolling else "",
        link=(link_target(listing.url) or "") if said.rolling and listing else "",
        body=said.body,
        payload_id=payload.id,
        securities=securities(said.body),
    )


PAYLOAD, NOTE, PUBLISHED = "payload", "source_note", "first_publication"
"""Who may say something of an article, besides feeds, which have their names."""


@dataclass(frozen=True, kw_only=True)
class Said(Record):
    """What is said of an article, each beside who says it; both are empty where nobody does."""

    title: str
    title_by: str
    moment: datetime | None
    moment_by: str
    media: str
    media_by: str
    rolling: bool
    body: str


def gather(text: ArticleText, listings: Sequence[Listing], identity: Identity | None) -> Said:
    """What a payload's text and the listings say together, by the rules of `normalise`."""
    by_feed = [each for each in listings if each.feed in FEEDS]
    by_feed.sort(key=lambda each: FEEDS.index(each.feed))
    told = (*by_feed, *(each for each in listings if each.feed not in FEEDS))
    rolling = identity.rolling if identity else {each.feed for each in by_feed} == {ROLLING}
    title_by, title = _first([(PAYLOAD, text.title), *((each.feed, each.title) for each in told)])
    moments = ((PAYLOAD, text.moment), *((each.feed, each.moment) for each in told))
    moment_by, moment = next(((by, each) for by, each in moments if each), ("", None))
    media_by, media = ("", "") if rolling else _first(_media(text, by_feed, told, identity))
    return Said(
        title=title,
        title_by=title_by,
        moment=moment,
        moment_by=moment_by,
        media=media,
        media_by=media_by,
        rolling=rolling,
        body=sanitise(text.html),
    )


def lacking(said: Said) -> str:
    """The reason for which this is no article, empty where it is one."""
    if not said.title:
        return "title_missing"
    if said.moment is None:
        return "date_missing"
    if not said.rolling and not said.media:
        return "media_missing"
    return "body_empty" if is_empty(said.body) else ""


def names_itself(payload: Payload) -> tuple[str, str]:
    """The title and the media that a payload says by itself, as far as it can be read; empty where it does not.

    For what was kept back before it met the normaliser.
    """
    if payload.part != "text":
        return "", ""
    try:
        answer = json_object(payload.body, payload.content_type, exact=False)
    except WireError:
        return "", ""
    if names_another(payload.info_code, answer):
        return "", ""
    text = fields_of(answer)
    media = _first([(PAYLOAD, text.media), (PAYLOAD, text.source), (NOTE, em_media(text.html))])[1]
    return clean_text(text.title), media


def post_path(article: Article) -> str:
    """Where the first publication of an article puts its post, relative to the site."""
    name = digits(article.info_code) if article.rolling else article.info_code
    return f"_posts/{article.moment.astimezone(CHINA):%Y-%m-%d}-{name}.md"


def _media(
    text: ArticleText, by_feed: Sequence[Listing], told: Sequence[Listing], identity: Identity | None
) -> Iterator[tuple[str, str]]:
    if identity:
        yield PUBLISHED, identity.media
        return
    yield from ((each.feed, each.media) for each in by_feed)
    yield PAYLOAD, text.media
    yield PAYLOAD, text.source
    yield NOTE, em_media(text.html)
    yield from ((each.feed, each.media) for each in told if each.feed not in FEEDS)


def _first(said: Iterable[tuple[str, str]]) -> tuple[str, str]:
    return next(((by, text) for by, each in said if (text := clean_text(each))), ("", ""))


def _digest(listing: Listing | None) -> str:
    return clean_text(listing.digest.rpartition("】")[2]) if listing else ""


def _rejected(payload: Payload, stage: str, reason: str, *, title: str = "", media: str = "") -> Rejection:
    assert payload.id is not None
    return Rejection(
        info_code=payload.info_code,
        stage=stage,
        reason=reason,
        payload_id=payload.id,
        title=title,
        media=media,
    )
