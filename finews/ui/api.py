"""What all of the API has in common: its router, its errors, its lists that are paged by key."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Annotated, Any, Final, Generic, TypeVar

from fastapi import APIRouter, Query
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field

Item = TypeVar("Item")
Row = TypeVar("Row")


class Answer(BaseModel):
    """What the API answers with: frozen, and filled from a record of ours by the names of its fields."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class Failure(Answer):
    """An error, as the command line tells it."""

    error: str = Field(description="Its kind, a word", examples=["UnknownName"])
    message: str = Field(
        description="What happened, to what, and what to do",
        examples=["There is no such name: feed 40. Feeds are rolling, headlines, 37, 38, 39."],
    )


class Paged(Answer, Generic[Item]):
    """One page of a list. `next` is the `after` of the page that follows; null on the last one."""

    items: list[Item]
    next: str | None = Field(description="Give it as `after` to get the page that follows; null on the last")


After = Annotated[
    str, Query(max_length=2000, description="`next` of the page before; empty for the first page")
]
"""A handler's parameter: the place in a list after which a page begins. `place(after, …)` reads it."""

MOST: Final = 500
Limit = Annotated[int, Query(ge=1, le=MOST, description="How many items a page has at most")]
"""A handler's parameter: the length of a page; give it a default."""


FAILURES: Final[Mapping[int | str, str]] = {
    400: "The request is wrong; nothing was done",
    401: "Nobody is signed in, and the token is missing or not known",
    403: "Whoever asks may look and not act",
    404: "There is no such name",
    409: "It cannot be done as things are now",
    503: "A service that is needed is out of reach; nothing was lost",
    # The last one also keeps FastAPI from telling of its own 422, which this console never answers with.
    "4XX": "Refused for another reason",
}
"""Status → what it means, of every operation."""


def operation_name(route: APIRoute) -> str:
    """What an operation is called in the OpenAPI document: `feeds_list_feeds`."""
    return "_".join((*map(str, route.tags[:1]), route.name))


def api_router(prefix: str = "", *, tags: Sequence[str | Enum] = ()) -> APIRouter:
    """A router for `/api` + `prefix`, each of whose operations documents how it may fail."""
    failures: dict[int | str, dict[str, Any]] = {
        status: {"model": Failure, "description": words} for status, words in FAILURES.items()
    }
    return APIRouter(prefix="/api" + prefix, tags=list(tags), responses=failures)


def cut(found: Sequence[Row], limit: int, place_of: Callable[[Row], str]) -> tuple[list[Row], str | None]:
    """One page and its `next`, of up to `limit` + 1 rows that were found: the one too many says that more follow."""
    shown = list(found[:limit])
    return shown, place_of(shown[-1]) if len(found) > limit else None
