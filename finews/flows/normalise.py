"""Payload → article: pure, never raises on anything that a source may answer.

VERSION goes up with every change after which the same payload may give another article.
"""

from __future__ import annotations

from collections.abc import Sequence

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
    Rejection,
)
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
    by_feed = sorted(
        (each for each in listings if each.feed in FEEDS), key=lambda each: FEEDS.index(each.feed)
    )
    told = (*by_feed, *(each for each in listings if each.feed not in FEEDS))
    body = sanitise(text.html)
    title = clean_text(text.title) or next((t for each in told if (t := clean_text(each.title))), "")
    moment = text.moment or next((each.moment for each in told if each.moment), None)
    rolling = identity.rolling if identity else {each.feed for each in by_feed} == {ROLLING}
    media = "" if rolling else _media(text, by_feed, identity) or clean_text(_searched(told))
    if not title:
        return _rejected(payload, "normalise", "title_missing")
    if moment is None:
        return _rejected(payload, "normalise", "date_missing")
    if not rolling and not media:
        return _rejected(payload, "normalise", "media_missing")
    if is_empty(body):
        return _rejected(payload, "normalise", "body_empty")
    listing = next((each for each in by_feed if each.feed == ROLLING), None)
    return Article(
        info_code=payload.info_code,
        rolling=rolling,
        title=title,
        moment=moment,
        media=media,
        digest=_digest(listing) if rolling else "",
        link=(link_target(listing.url) or "") if rolling and listing else "",
        body=body,
        payload_id=payload.id,
        securities=securities(body),
    )


def post_path(article: Article) -> str:
    """Where the first publication of an article puts its post, relative to the site."""
    name = digits(article.info_code) if article.rolling else article.info_code
    return f"_posts/{article.moment.astimezone(CHINA):%Y-%m-%d}-{name}.md"


def _media(text: ArticleText, by_feed: Sequence[Listing], identity: Identity | None) -> str:
    if identity:
        return identity.media
    named = (*(each.media for each in by_feed), text.media, text.source)
    return next((name for each in named if (name := clean_text(each))), "") or clean_text(em_media(text.html))


def _searched(told: Sequence[Listing]) -> str:
    return next((each.media for each in told if each.feed not in FEEDS and each.media), "")


def _digest(listing: Listing | None) -> str:
    return clean_text(listing.digest.rpartition("】")[2]) if listing else ""


def _rejected(payload: Payload, stage: str, reason: str) -> Rejection:
    assert payload.id is not None
    return Rejection(info_code=payload.info_code, stage=stage, reason=reason, payload_id=payload.id)
