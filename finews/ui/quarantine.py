"""Quarantine: grouped by reason, item by item, and what is done about it. What would change is shown first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from finews.flows.background import begin
from finews.flows.quarantine_choice import (
    FEW,
    Choice,
    Look,
    discard_choice,
    foresee,
    look_again,
    replay_choice,
    replay_words,
    told,
)
from finews.flows.quarantine_groups import Place, shelf
from finews.flows.quarantine_item import view_item
from finews.flows.report import Report
from finews.schema.errors import ChangedMeanwhileError, UnknownNameError
from finews.schema.infocode import parse_link
from finews.schema.sieve import Sieve
from finews.ui import reasons
from finews.ui.act import Did, act, back
from finews.ui.console import Console, Here
from finews.ui.cursor import cursor, place
from finews.ui.pages import page
from finews.ui.payload_lines import lines_of, plainly
from finews.ui.quarantine_asked import UNNAMED, Asked, Sieved, address, fields_of, ticket
from finews.ui.viewer import Acting, Viewer

pages = APIRouter(include_in_schema=False)

Wanted = Annotated[Asked, Query()]
Posted = Annotated[Asked, Form()]


@pages.get("/quarantine")
def overview(request: Request, console: Here, sieve: Sieved, after: str = "", run: int = 0) -> Response:
    """All reasons, and one page of what the sieve leaves."""
    found = shelf(console.database, sieve, after=place_in(after), run=run)
    return page(
        request,
        "quarantine.html",
        shelf=found,
        sieve=sieve,
        hidden=fields_of(sieve),
        following=address(sieve, after=cursor(*found.following)) if found.following else None,
        first=address(sieve) if after else None,
        **_words(),
    )


@pages.get("/quarantine/replay")
def before_replay(request: Request, console: Here, wanted: Wanted) -> Response:
    """What a replay of what was chosen would change."""
    choice = wanted.choice()
    look = look_again(console.database, choice)
    return _confirm(
        request,
        "quarantine_replay.html",
        choice,
        look,
        preview=foresee(console.database, console.settings, choice, look) if look.number else None,
        few=FEW,
    )


@pages.post("/quarantine/replay")
def do_replay(console: Here, viewer: Acting, posted: Posted) -> Response:
    """Replays few at once, many in a process of their own; shows the run."""
    choice = posted.choice()
    runs: list[int] = []

    def few() -> str:
        report, look = replay_choice(console.database, console.settings, choice)
        runs.append(report.run)
        return _came_to(report) + _left_alone(look)

    def many() -> str:
        look = look_again(console.database, choice)
        begun = begin(console.database, console.settings, replay_words(choice, look), who=viewer.name)
        if begun.run is None:
            return "begun; its run will be in the ledger"
        runs.append(begun.run)
        return f"run {begun.run} has begun" + _left_alone(look)

    did = _unless_changed(console, viewer, "replay", choice, few if choice.number <= FEW else many)
    if did is None:
        return _again("/quarantine/replay", posted)
    if len(choice.seen) == 1:
        return back(f"/quarantine/{choice.seen[0].info_code}", did)
    sieve = posted.sieve()
    return back(address(sieve, run=runs[0]) if runs else address(sieve), did)


@pages.get("/quarantine/discard")
def before_discard(request: Request, console: Here, wanted: Wanted) -> Response:
    """What a discard covers."""
    choice = wanted.choice()
    return _confirm(request, "quarantine_discard.html", choice, look_again(console.database, choice))


@pages.post("/quarantine/discard")
def do_discard(request: Request, console: Here, viewer: Acting, posted: Posted) -> Response:
    """Discards what is still as it was seen, with a note; a missing note is told beside the form."""
    choice = posted.choice()
    if not posted.why.strip():
        return _confirm(
            request,
            "quarantine_discard.html",
            choice,
            look_again(console.database, choice),
            wrong=True,
            status=400,
        )

    def do() -> str:
        done = discard_choice(console.database, choice, posted.why)
        left = f"; left alone: {told(done.changed)}" if done.changed else ""
        return f"{done.number} discarded{left}"

    did = _unless_changed(console, viewer, "discard", choice, do, why=posted.why.strip())
    if did is None:
        return _again("/quarantine/discard", posted)
    if len(choice.seen) == 1:
        return back(f"/quarantine/{choice.seen[0].info_code}", did)
    return back(address(posted.sieve()), did)


@pages.get("/quarantine/{code}")
def one(
    request: Request, console: Here, code: str, as_it_came: bool = False, guessing: bool = False
) -> Response:
    """The payload of an article beside what the parser makes of it."""
    view = view_item(console.database, console.settings, parse_link(code))
    return page(
        request,
        "quarantine_item.html",
        view=view,
        lines=lines_of(view.payload, as_it_came=as_it_came, guessing=guessing)
        if view.payload and view.kept
        else None,
        as_it_came=as_it_came,
        guessing=guessing,
        **_words(),
    )


@pages.get("/quarantine/{code}/payload")
def payload_of(console: Here, code: str) -> Response:
    """The whole payload, to the byte, as a file of text."""
    view = view_item(console.database, console.settings, parse_link(code))
    if view.payload is None or not view.kept:
        raise UnknownNameError(f"of {view.info_code} no payload is kept in quarantine")
    answer = Response(view.payload.body)
    # The bytes are a stranger's, and of which charset they are is just what may be in question.
    answer.headers["Content-Type"] = "text/plain"
    answer.headers["Content-Disposition"] = f'attachment; filename="{view.info_code}-{view.payload.id}.txt"'
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def place_in(after: str) -> Place | None:
    """The place in a list of items that a cursor names, None for its beginning; raises RequestError."""
    if not after:
        return None
    at, code = place(after, (datetime, str))
    assert isinstance(at, datetime)
    return at, str(code)


def _words() -> dict[str, Any]:
    """What templates put machine words into words with."""
    return {
        "reason_of": reasons.reason_of,
        "sources": reasons.SOURCES,
        "steps": reasons.STEPS,
        "stages": reasons.STAGES,
        "parts": reasons.PARTS,
        "ticket": ticket,
        "plainly": plainly,
        "address": address,
        "unnamed": UNNAMED,
    }


def _confirm(
    request: Request, template: str, choice: Choice, look: Look, *, status: int = 200, **values: Any
) -> Response:
    sieve = choice.sieve
    return page(
        request,
        template,
        status=status,
        choice=choice,
        look=look,
        sieve=sieve or Sieve(),
        hidden=_hidden(request, choice, look),
        **{"wrong": False, **values},
        **_words(),
    )


def _hidden(request: Request, choice: Choice, look: Look) -> list[tuple[str, str]]:
    """What the form that confirms carries: the items as they are seen now, or the sieve, its moment and its number."""
    if choice.sieve is None:
        kept = [each for each in request.query_params.multi_items() if each[0] in ("reason", "media", "day")]
        return [*kept, *(("item", ticket(each)) for each in look.items)]
    assert choice.sieve.until is not None
    return [
        *fields_of(choice.sieve),
        ("every", "1"),
        ("until", choice.sieve.until.isoformat()),
        ("shown", str(look.number)),
    ]


def _unless_changed(
    console: Console, viewer: Viewer, action: str, choice: Choice, do: Callable[[], str], **detail: Any
) -> Did | None:
    """Acts; None where what was chosen has changed since it was shown, so that it is to be shown again."""
    try:
        return act(console, viewer, action, choice.subject, do, **detail)
    except ChangedMeanwhileError:
        return None


def _again(path: str, posted: Asked) -> Response:
    """Back to what is asked before the deed, which says what has changed."""
    fields = posted.model_dump(exclude={"why", "item", "shown"}, exclude_defaults=True)
    query = urlencode([*fields.items(), *(("item", each) for each in posted.item)])
    return RedirectResponse(f"{path}?{query}", 303)


def _came_to(report: Report) -> str:
    """`3 new, 1 quarantined (body_empty)`."""
    why = ", ".join(sorted({each.reason for each in report.results if each.reason}))
    counts = ", ".join(f"{number} {name}" for name, number in report.counts.items() if number)
    return (counts or "nothing to read") + (f" ({why})" if why else "")


def _left_alone(look: Look) -> str:
    return f"; left alone: {told(look.changed)}" if look.changed else ""
