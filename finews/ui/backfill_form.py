"""The form that asks for a backfill, with what is known of its days; what cannot be meant is told beside it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Final

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from finews.flows.backfill_desk import ask_for, read_wish
from finews.flows.backfill_wish import Wish
from finews.flows.coverage_calendar import Day, days_between, gap_around
from finews.flows.media import known_media
from finews.flows.time_range import day_range
from finews.schema.errors import InvalidLinksError, RequestError, UnknownNameError
from finews.schema.records import FEEDS
from finews.ui.act import Did, act, back
from finews.ui.backfills import DOINGS
from finews.ui.console import Console, Here
from finews.ui.coverage import STATES
from finews.ui.pages import page
from finews.ui.viewer import Acting, Viewer

pages = APIRouter(include_in_schema=False)

_FIELDS: Final = ("from", "to", "media", "feed", "links", "gaps", "force")
_LONGEST_SHOWN: Final = 62
"""Days of a range whose numbers are shown."""


@pages.get("/backfills/new")
def form(request: Request, console: Here) -> Response:
    """The form, filled in as far as the address says."""
    return _shown(request, console, {name: request.query_params.get(name, "") for name in _FIELDS})


@pages.post("/backfills")
def ask(
    request: Request,
    console: Here,
    viewer: Acting,
    first: Annotated[str, Form(alias="from")] = "",
    last: Annotated[str, Form(alias="to")] = "",
    media: Annotated[str, Form()] = "",
    feed: Annotated[str, Form()] = "",
    links: Annotated[str, Form()] = "",
    gaps: Annotated[str, Form()] = "",
    force: Annotated[str, Form()] = "",
) -> Response:
    """Has a backfill planned, and goes to its page."""
    typed = dict(zip(_FIELDS, (first, last, media, feed, links, gaps, force), strict=True))
    try:
        wish = read_wish(
            console.settings,
            first=first,
            last=last,
            media=media,
            feed=feed,
            links=links,
            gaps=bool(gaps),
            force=bool(force),
        )
        number, did = asked(console, viewer, wish)
    except RequestError as error:
        return _shown(request, console, typed, error)
    return back(f"/backfills/{number}", did)


def asked(console: Console, viewer: Viewer, wish: Wish) -> tuple[int, Did]:
    """Keeps a wish and has its plan made; the backfill's number, and what was done."""
    number = 0

    def do() -> str:
        nonlocal number
        number = ask_for(console.database, console.settings, wish).id
        return f"backfill {number} is being planned"

    did = act(console, viewer, DOINGS["plan"], wish.words, do)
    return number, did


def _shown(
    request: Request, console: Console, typed: Mapping[str, str], error: RequestError | None = None
) -> Response:
    days, gap = ([], None) if error else _known(console, typed)
    return page(
        request,
        "backfill_form.html",
        status=400 if error else 200,
        typed=typed,
        error=error,
        wrong=_wrong(typed, error) if error else set(),
        feeds=FEEDS,
        media=known_media(console.database),
        days=days,
        gap=gap,
        states=STATES,
    )


def _wrong(typed: Mapping[str, str], error: RequestError) -> set[str]:
    """The fields that an error is about."""
    if isinstance(error, InvalidLinksError):
        return {"links"}
    if isinstance(error, UnknownNameError):
        return {"feed"}
    return {name for name in ("from", "to") if not _is_time(typed[name])} or {"from", "to"}


def _is_time(text: str) -> bool:
    try:
        day_range(text.strip() or None, None)
    except RequestError:
        return False
    return True


def _known(console: Console, typed: Mapping[str, str]) -> tuple[list[Day], tuple[date, date] | None]:
    """What is known here of the days that the form names, and the gap around them where it names one day."""
    try:
        first, last = day_range(typed["from"].strip() or None, typed["to"].strip() or None)
    except RequestError:
        return [], None
    if first is None or last is None or (last - first).days >= _LONGEST_SHOWN:
        return [], None
    days, _ = days_between(console.database, first, last)
    around = gap_around(console.database, first) if first == last else None
    return days, around if around != (first, last) else None
