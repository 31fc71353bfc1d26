"""Coverage: the calendar of days by completeness, and one day with its numbers and what it lacks."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from finews.flows.coverage_calendar import (
    LISTS,
    DayState,
    articles_standing,
    day_in_detail,
    days_between,
    year_of,
)
from finews.schema.errors import RequestError
from finews.schema.records import CHINA
from finews.ui.api import After, Limit, Paged, api_router, cut
from finews.ui.console import Here
from finews.ui.coverage_answers import DayAnswer, DayArticleAnswer, answer_of_day
from finews.ui.cursor import cursor, text_after
from finews.ui.pages import N_, page

FromDay = Annotated[date, Query(alias="from", description="The first day, in China", examples=["2026-01-01"])]
ToDay = Annotated[date, Query(alias="to", description="The last day, included", examples=["2026-01-31"])]
Standing = Annotated[
    Literal["missing", "quarantined", "waiting", "gone", "forgotten"],
    Query(description="What became of them"),
]

pages = APIRouter(include_in_schema=False)
api = api_router("/coverage", tags=["coverage"])

STATES: Final = {
    DayState.COMPLETE: ("✓", N_("complete"), N_("all that was listed is here")),
    DayState.HELD: ("◐", N_("in quarantine"), N_("all is here, some of it in quarantine")),
    DayState.WAITING: ("…", N_("on its way"), N_("some articles are still to be fetched or read")),
    DayState.MISSING: ("!", N_("missing"), N_("listed articles are not here, and nobody is at them")),
    DayState.UNREAD: ("?", N_("not surveyed"), N_("its whole list was never read after it was over")),
    DayState.TODAY: ("●", N_("today"), N_("not over yet")),
    DayState.BEFORE: ("", N_("before the beginning"), N_("nothing is known of it")),
    DayState.COMING: ("", N_("to come"), N_("nothing is known of it")),
}
"""State → its sign, its name, and what it means."""
NAMES: Final = {
    "missing": N_("Missing"),
    "quarantined": N_("In quarantine"),
    "waiting": N_("On their way"),
    "gone": N_("Gone at the source"),
    "forgotten": N_("Forgotten by an operator"),
}
"""A list of a day's articles → its title."""
_SHOWN: Final = 50
_LONGEST: Final = 3660
"""Days that the API is asked for at most."""


@pages.get("/coverage")
def calendar(request: Request, console: Here, year: int | None = None) -> Response:
    """The calendar of a year, this one where none is named."""
    now = datetime.now(CHINA)
    if year is not None and not 1 <= year <= 9999:
        raise RequestError(f"{year} is no year", advice="Expected 1 to 9999")
    shown = year_of(console.database, year or now.year, now=now)
    return page(request, "coverage.html", shown=shown, states=STATES, today=now.date())


@pages.get("/coverage/{day}")
def one_day(request: Request, console: Here, day: str, show: str = "", after: str = "") -> Response:
    """A day: its numbers, its media, and a list of those articles that are wanting."""
    when = _day(day)
    found = day_in_detail(console.database, when)
    numbers = found.day.numbers
    wanting = {name: getattr(numbers, name) for name in LISTS}
    show = show or next((name for name, number in wanting.items() if number), "missing")
    articles, following = cut(
        articles_standing(console.database, when, show, after=text_after(after), limit=_SHOWN + 1),
        _SHOWN,
        lambda each: cursor(each.info_code),
    )
    return page(
        request,
        "day.html",
        found=found,
        numbers=numbers,
        states=STATES,
        names=NAMES,
        wanting=wanting,
        show=show,
        articles=articles,
        following=following,
        after=after,
    )


@api.get("")
def days(
    console: Here,
    first: FromDay,
    last: ToDay,
    after: After = "",
    limit: Limit = 100,
) -> Paged[DayAnswer]:
    """The days of the calendar from `from` to `to`, both included, oldest first, each with its numbers and state."""
    if last < first:
        raise RequestError(f"the range ends ({last}) before it begins ({first})", advice="Swap the two ends")
    if (last - first).days >= _LONGEST:
        raise RequestError(f"{first} to {last} is more than {_LONGEST} days", advice="Ask for fewer")
    if after:
        first = max(first, _day(text_after(after)))
        first = min(first, last)
    found, _ = days_between(console.database, first, last)
    skipped = 1 if after else 0
    shown, following = cut(found[skipped : skipped + limit + 1], limit, lambda each: cursor(str(each.day)))
    return Paged[DayAnswer](items=[answer_of_day(each) for each in shown], next=following)


@api.get("/{day}")
def api_day(console: Here, day: date) -> DayAnswer:
    """A day, counted now, with its articles by media name."""
    found = day_in_detail(console.database, day)
    return answer_of_day(found.day, found.media)


@api.get("/{day}/articles")
def api_articles(
    console: Here, day: date, standing: Standing, after: After = "", limit: Limit = 100
) -> Paged[DayArticleAnswer]:
    """The articles of a day that stand so, by their infoCodes."""
    shown, following = cut(
        articles_standing(console.database, day, standing, after=text_after(after), limit=limit + 1),
        limit,
        lambda each: cursor(each.info_code),
    )
    return Paged[DayArticleAnswer](
        items=[DayArticleAnswer.model_validate(each) for each in shown], next=following
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise RequestError(f"{text[:40]!r} is no day", advice="Expected 2026-01-31") from None
