"""The list of articles: by words and filters, each view with its own address."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import Response
from fastapi.routing import APIRouter
from pydantic import Field

from finews.flows.articles import A_PAGE, Listed, Shown, known_media, list_articles
from finews.flows.post import ROLLING_TAG
from finews.schema.errors import FinewsError, RequestError
from finews.schema.records import LinkState
from finews.ui.api import After, Answer, Limit, Paged, api_router
from finews.ui.article_filters import Filtered, Filters, written
from finews.ui.console import Here
from finews.ui.failures import status_of
from finews.ui.pages import page

pages = APIRouter(include_in_schema=False)
api = api_router(tags=["articles"])

STATES = tuple(state for state in LinkState if state is not LinkState.DONE)
Beginning = Annotated[str, Query(max_length=2000)]


class ArticleLine(Answer):
    """An article in a list. `revision` is null where it is not here: then a feed's word stands for the rest."""

    info_code: str
    title: str
    media: str = Field(description="Empty for rolling news, and where nobody has said it")
    moment: datetime | None
    rolling: bool
    revision: int | None
    published: bool = Field(description="Whether its newest text was written as a post")
    state: LinkState
    reason: str
    changed_at: datetime
    excerpt: str = Field(description="Where the words stand in the text; empty without words")


class ArticleLines(Paged[ArticleLine]):
    """A page of articles. `unindexed`: how many the search index does not have yet (10,000: or more)."""

    unindexed: int | None


@pages.get("/articles")
def articles_page(
    request: Request, console: Here, filters: Filtered, after: Beginning = "", before: Beginning = ""
) -> Response:
    """A page of the list: what is newest, or older than `after`, or newer than `before`."""
    listed, wrong, status = None, "", 200
    try:
        listed = _listed(console, filters, after, before, A_PAGE)
    except FinewsError as error:
        # The form stays as it was filled in.
        wrong, status = str(error), status_of(error)
    return page(
        request,
        "articles.html",
        status=status,
        filters=filters,
        listed=listed,
        wrong=wrong,
        states=STATES,
        media=known_media(console.database),
        rolling=ROLLING_TAG,
        newer=filters.address(before=written(listed.newer)) if listed and listed.newer else None,
        older=filters.address(after=written(listed.older)) if listed and listed.older else None,
        first=filters.address() if after or before else None,
    )


@api.get("/articles")
def articles(console: Here, filters: Filtered, after: After = "", limit: Limit = A_PAGE) -> ArticleLines:
    """Articles by words and filters: newest first, or, of links that have not come to a good end, by code."""
    listed = _listed(console, filters, after, "", limit)
    return ArticleLines(
        items=[_line(each) for each in listed.items],
        next=written(listed.older) if listed.older else None,
        unindexed=listed.unindexed,
    )


def _listed(console: Here, filters: Filters, after: str, before: str, limit: int) -> Listed:
    if after and before:
        raise RequestError("a page begins after a place or before one, not both")
    return list_articles(
        console.database,
        filters.wanted,
        state=filters.link_state,
        limit=limit,
        after=filters.place(after or before),
        older=not before,
    )


def _line(shown: Shown) -> ArticleLine:
    return ArticleLine(
        **{name: getattr(shown.brief, name) for name in ArticleLine.model_fields if name != "excerpt"},
        excerpt="".join(text for text, _ in shown.excerpt),
    )
