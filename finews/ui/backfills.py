"""Backfills: their history, one with its plan and progress, its articles and chunks; plan, start, pause, cancel."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from finews.flows import backfill_desk as desk
from finews.flows.backfills import Standing, cancel, pause
from finews.schema.errors import UnknownNameError
from finews.schema.records import Outcome
from finews.ui.act import Did, act, back
from finews.ui.api import cut
from finews.ui.console import Console, Here
from finews.ui.cursor import cursor, number_after, text_after
from finews.ui.pages import N_, page
from finews.ui.viewer import Acting, Viewer

pages = APIRouter(include_in_schema=False)

DOINGS: Final = {
    "plan": N_("plan backfill"),
    "start": N_("start backfill"),
    "pause": N_("pause backfill"),
    "cancel": N_("cancel backfill"),
}
"""What can be done to a backfill, by the last part of its address → the action as it is kept."""
Number = Annotated[int, Path(ge=1, le=2**63 - 1, description="The backfill's number")]
_ON_A_PAGE: Final = 20
_ROWS: Final = 50


@pages.get("/backfills")
def history(request: Request, console: Here, after: str = "") -> Response:
    """All backfills, the newest first."""
    found, following = cut(
        desk.standings_before(console.database, number_after(after), _ON_A_PAGE + 1),
        _ON_A_PAGE,
        place_of_standing,
    )
    return page(request, "backfills.html", found=found, following=following, after=after)


def place_of_standing(standing: Standing) -> str:
    """The place in the list behind a backfill."""
    return cursor(standing.backfill.id)


@pages.get("/backfills/{number}")
def one(request: Request, console: Here, number: Number, after: str = "") -> Response:
    """A backfill: its plan, how far it has come, who is at it; what can be done to it."""
    told = desk.told_of(console.database, console.settings, number)
    begin = text_after(after)
    days = [each for each in told.plan.days if str(each.day) > begin] if told.plan else []
    shown, following = cut(days, _ROWS, lambda each: cursor(str(each.day)))
    return page(
        request, "backfill.html", told=told, days=shown, following=following, after=after, outcomes=Outcome
    )


@pages.get("/backfills/{number}/articles")
def articles(request: Request, console: Here, number: Number, outcome: str = "", after: str = "") -> Response:
    """The articles of a backfill that ended so; without an outcome those that are left."""
    ended = outcome_of(outcome)
    found, following = cut(
        desk.articles_in(console.database, number, ended, after=text_after(after), limit=_ROWS + 1),
        _ROWS,
        lambda each: cursor(each.info_code),
    )
    told = desk.told_of(console.database, console.settings, number)
    return page(
        request,
        "backfill_articles.html",
        told=told,
        outcome=outcome,
        outcomes=Outcome,
        found=found,
        following=following,
        after=after,
    )


def outcome_of(text: str) -> Outcome | None:
    """The outcome of this name, None for none; raises UnknownNameError."""
    if text and text not in set(Outcome):
        raise UnknownNameError(f"outcome {text}", advice=f"Outcomes are {', '.join(Outcome)}")
    return Outcome(text) if text else None


@pages.get("/backfills/{number}/chunks")
def chunks(request: Request, console: Here, number: Number, after: str = "") -> Response:
    """The chunks of a backfill, in the order in which they are taken."""
    found, following = cut(
        desk.chunks_in(console.database, number, after=number_after(after) or 0, limit=_ROWS + 1),
        _ROWS,
        lambda each: cursor(each.number),
    )
    told = desk.told_of(console.database, console.settings, number)
    return page(request, "backfill_chunks.html", told=told, found=found, following=following, after=after)


def _doing(name: str) -> Callable[..., Response]:
    def handler(console: Here, viewer: Acting, number: Number) -> Response:
        return back(f"/backfills/{number}", done(console, viewer, name, number))

    return handler


for _name in DOINGS:
    pages.add_api_route(f"/backfills/{{number}}/{_name}", _doing(_name), methods=["POST"])


def done(console: Console, viewer: Viewer, name: str, number: int) -> Did:
    """Does one of DOINGS to a backfill in the name of a viewer."""
    database, settings = console.database, console.settings

    def begun(what: Callable[..., Any]) -> str:
        run = what(database, settings, number).run
        return f"run {run} is at it" if run else "it has been begun"

    def changed(what: Callable[..., Standing]) -> str:
        found = what(database, number)
        return f"{found.word}; {found.progress.done} articles done, {found.progress.left} left"

    do = {
        "plan": partial(begun, desk.plan),
        "start": partial(begun, desk.start),
        "pause": partial(changed, pause),
        "cancel": partial(changed, cancel),
    }[name]
    return act(console, viewer, DOINGS[name], str(number), do)
