"""Runs: the ledger, one run with its articles and with what it said; the same as `/api/runs`."""

from __future__ import annotations

from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from finews.flows.prefect_logs import page_in_prefect, prefect_lines
from finews.flows.runs import articles_of, choices, ledger, run_of, said_by
from finews.schema.errors import ServiceError
from finews.schema.records import Outcome
from finews.schema.run_pages import EndedArticle, LedgerRun, RunFilter
from finews.ui.api import After, Limit, Paged, api_router, cut
from finews.ui.console import Here
from finews.ui.cursor import cursor, place
from finews.ui.pages import page
from finews.ui.run_models import RunArticle, RunDetail, RunItem, RunLineItem
from finews.ui.run_words import KINDS, STATES, told

pages = APIRouter(include_in_schema=False)
api = api_router("/runs", tags=["runs"])

_RUNS_A_PAGE: Final = 50
_ARTICLES_A_PAGE: Final = 25
_LINES_A_PAGE: Final = 200
"""Prefect hands over no more at once."""

Number = Annotated[int, Path(ge=1, lt=2**63, description="The run's number in the ledger")]
Word = Annotated[str, Query(max_length=300)]
Trouble = Annotated[bool, Query(description="Only runs that broke, or that left articles in trouble")]
End = Annotated[str, Query(max_length=20, description="Only articles with this outcome")]


@pages.get("/runs")
def runs(
    request: Request,
    console: Here,
    kind: Word = "",
    state: Word = "",
    reason: Word = "",
    trouble: str = "",
    after: After = "",
) -> Response:
    """The ledger, newest first; every filter is in the address."""
    wanted = RunFilter(kind=_clean(kind), state=_clean(state), reason=_clean(reason), trouble=bool(trouble))
    found, following = _runs(console, wanted, after, _RUNS_A_PAGE)
    known = choices(console.database)
    given = {name: value for name, value in vars(wanted).items() if value}
    if trouble:
        given["trouble"] = "1"
    return page(
        request,
        "runs.html",
        found=found,
        wanted=wanted,
        kinds=sorted({*KINDS, *known.kinds}),
        states=STATES,
        reasons=known.reasons,
        given=given,
        first=_address("/runs", given) if after else None,
        following=_address("/runs", {**given, "after": following}) if following else None,
    )


@pages.get("/runs/{number}")
def run(
    request: Request,
    console: Here,
    number: Number,
    outcome: End = "",
    after: After = "",
    line: Annotated[int, Query(ge=0, lt=2**31)] = 0,
    prefect: Annotated[int, Query(ge=0, lt=2**31)] = 0,
) -> Response:
    """One run: its counts, why and when it was, its articles, and what it said here and in Prefect."""
    found = run_of(console.database, number)
    articles, following = _articles(console, number, outcome, after, _ARTICLES_A_PAGE)
    lines = said_by(console.database, number, after=line, limit=_LINES_A_PAGE + 1)
    base = f"/runs/{number}"
    given = {"outcome": outcome} if outcome else {}
    return page(
        request,
        "run.html",
        run=found,
        told=told(request, found),
        outcome=outcome,
        articles=articles,
        lines=lines[:_LINES_A_PAGE],
        first_articles=_address(base, given) + "#articles" if after else None,
        more_articles=_address(base, {**given, "after": following}) + "#articles" if following else None,
        first_lines=f"{base}#log" if line else None,
        more_lines=f"{base}?line={lines[_LINES_A_PAGE - 1].number}#log"
        if len(lines) > _LINES_A_PAGE
        else None,
        prefect_page=page_in_prefect(found.flow_run),
        **_said_in_prefect(found, prefect),
    )


@api.get("")
def list_runs(
    console: Here,
    kind: Word = "",
    state: Word = "",
    reason: Word = "",
    trouble: Trouble = False,
    after: After = "",
    limit: Limit = _RUNS_A_PAGE,
) -> Paged[RunItem]:
    """The ledger, newest first."""
    wanted = RunFilter(kind=_clean(kind), state=_clean(state), reason=_clean(reason), trouble=trouble)
    found, following = _runs(console, wanted, after, limit)
    return Paged(items=[RunItem.of(each) for each in found], next=following)


@api.get("/{number}")
def show_run(console: Here, number: Number) -> RunDetail:
    """One run."""
    return RunDetail.of(run_of(console.database, number))


@api.get("/{number}/articles")
def list_articles(
    console: Here, number: Number, outcome: End = "", after: After = "", limit: Limit = _ARTICLES_A_PAGE
) -> Paged[RunArticle]:
    """The articles that a run brought to an end, by outcome."""
    run_of(console.database, number)
    found, following = _articles(console, number, outcome, after, limit)
    return Paged(items=[RunArticle.model_validate(each) for each in found], next=following)


@api.get("/{number}/lines")
def list_lines(
    console: Here, number: Number, after: After = "", limit: Limit = _LINES_A_PAGE
) -> Paged[RunLineItem]:
    """What a run said, oldest first; of very long ones how it began and how it ended."""
    run_of(console.database, number)
    begun = place(after, (int,))[0] if after else 0
    assert isinstance(begun, int)
    found = said_by(console.database, number, after=max(0, min(begun, 2**31 - 1)), limit=limit + 1)
    shown, following = cut(found, limit, lambda each: cursor(each.number))
    return Paged(items=[RunLineItem.model_validate(each) for each in shown], next=following)


def _runs(console: Here, wanted: RunFilter, after: str, limit: int) -> tuple[list[LedgerRun], str | None]:
    before = place(after, (int,))[0] if after else None
    assert before is None or isinstance(before, int)
    found = ledger(console.database, wanted, before=before, limit=limit + 1)
    return cut(found, limit, lambda each: cursor(each.id))


def _articles(
    console: Here, number: int, outcome: str, after: str, limit: int
) -> tuple[list[EndedArticle], str | None]:
    begun = None
    if after:
        end, event = place(after, (str, int))
        begun = (str(end), int(str(event)))
    if outcome and outcome not in list(Outcome):
        return [], None
    found = articles_of(console.database, number, outcome, after=begun, limit=limit + 1)
    return cut(found, limit, lambda each: cursor(each.outcome, each.event))


def _said_in_prefect(run: LedgerRun, skip: int) -> dict[str, Any]:
    """Lines of the flow run's log, the address of the next ones, and in words why there are none."""
    lines, away = [], ""
    try:
        lines = prefect_lines(run.flow_run or "", skip=skip, limit=_LINES_A_PAGE)
    except ServiceError as error:
        away = str(error)
    more = f"/runs/{run.id}?prefect={skip + _LINES_A_PAGE}#prefect" if len(lines) == _LINES_A_PAGE else None
    return {"prefect_lines": lines, "prefect_away": away, "more_in_prefect": more}


def _address(path: str, given: dict[str, Any]) -> str:
    return path + (f"?{urlencode(given)}" if given else "")


def _clean(word: str) -> str:
    """No word of the ledger has a NUL, and PostgreSQL would refuse the question."""
    return word.replace("\0", "\N{REPLACEMENT CHARACTER}")
