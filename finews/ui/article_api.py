"""One article over the API: what it is, its payloads, its way here."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import Query
from pydantic import Field

from finews.flows.article_view import ArticleView, view_article
from finews.schema.records import LinkState, Outcome
from finews.ui.api import After, Answer, Limit, Paged, api_router, cut
from finews.ui.article import Code
from finews.ui.console import Console, Here
from finews.ui.cursor import cursor, place

api = api_router(tags=["articles"])
_PAYLOADS = 50


class SecurityTold(Answer):
    """A security that the text names."""

    market: str
    code: str
    name: str


class SightingTold(Answer):
    """What a feed said of it; `run` is null where a backfill's search listed it."""

    feed: str
    seen_at: datetime
    run: int | None
    title: str
    moment: datetime | None
    media: str


class RevisionTold(Answer):
    """A text that it had, or has: of that `replaced_at` is null."""

    revision: int
    title: str
    moment: datetime
    loaded_at: datetime
    replaced_at: datetime | None


class EventTold(Answer):
    """What happened to it in a run."""

    at: datetime
    run: int
    stage: str
    outcome: Outcome | None
    reason: str
    detail: dict[str, Any]


class ArticleTold(Answer):
    """An article, or what is known of one that is not here: then `title` to `body` are null."""

    info_code: str
    state: LinkState | None = Field(description="Null where it was listed, and nobody asked for it")
    answer: str = Field(description="Where it is and why, in English sentences")
    source: str = Field(description="Its address at the source")
    title: str | None
    moment: datetime | None
    media: str | None
    category: str | None
    post: str | None = Field(description="The path of its post, relative to the site")
    revision: int | None
    body: str | None = Field(description="Its text as sanitised HTML")
    securities: list[SecurityTold]
    sightings: list[SightingTold]
    revisions: list[RevisionTold]
    same_text: list[str] = Field(description="Codes with the same text, itself among them, the first first")
    events: list[EventTold]


class PayloadTold(Answer):
    """What a mirror answered; `kept` tells whether its bytes are there still."""

    id: int
    part: str
    url: str
    status: int
    content_type: str
    fetched_at: datetime
    last_seen_at: datetime
    run: int
    sha256: str
    size: int
    kept: bool


@api.get("/articles/{code}")
def article(console: Here, code: Code) -> ArticleTold:
    """All that is known of an article."""
    return _told(_view(console, code))


@api.get("/articles/{code}/payloads")
def payloads(
    console: Here,
    code: Code,
    after: After = "",
    limit: Annotated[Limit, Query()] = _PAYLOADS,
) -> Paged[PayloadTold]:
    """The payloads of an article, the one seen last first."""
    found = [
        PayloadTold(
            sha256=each.hash.hex(),
            **{name: getattr(each, name) for name in PayloadTold.model_fields if name != "sha256"},
        )
        for each in _view(console, code).payloads
    ]
    if after:
        (last,) = place(after, (int,))
        places = [number for number, each in enumerate(found) if each.id == last]
        found = found[places[0] + 1 :] if places else []
    items, following = cut(found, limit, lambda each: cursor(each.id))
    return Paged[PayloadTold](items=items, next=following)


def _view(console: Console, code: str) -> ArticleView:
    return view_article(console.database, console.settings, code)


def _told(view: ArticleView) -> ArticleTold:
    row = view.row
    return ArticleTold(
        info_code=view.info_code,
        state=view.link.state if view.link else None,
        answer=view.answer.text,
        source=view.source,
        title=row.title if row else None,
        moment=row.moment if row else None,
        media=row.media if row else None,
        category=row.category if row else None,
        post=view.post,
        revision=row.revision if row else None,
        body=row.body if row else None,
        securities=[SecurityTold.model_validate(each) for each in view.securities],
        sightings=[SightingTold.model_validate(each) for each in view.sightings],
        revisions=[RevisionTold.model_validate(each) for each in view.revisions],
        same_text=[each.info_code for each in view.alike],
        events=[EventTold.model_validate(each) for each in view.events],
    )
