"""The page of actions: who did what, when, and what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from finews.schema.actions import Action, Door, State, actions_before, names_in_actions
from finews.ui.api import After, Answer, Limit, Paged, api_router, cut
from finews.ui.console import Console, Here
from finews.ui.cursor import cursor, place
from finews.ui.pages import page

pages = APIRouter(include_in_schema=False)
api = api_router("/actions", tags=["actions"])
_A_PAGE = 50

Text = Annotated[str, Query(max_length=200)]


class ActionOut(Answer):
    """A line of the audit."""

    id: int
    at: datetime
    who: str
    role: str
    address: str
    door: Door
    action: str
    subject: str
    detail: dict[str, Any]
    state: State
    outcome: str
    ended_at: datetime | None


@pages.get("/actions")
def actions_page(
    request: Request, console: Here, who: Text = "", action: Text = "", subject: Text = "", after: After = ""
) -> Response:
    """The newest actions, and those before them."""
    filters = {"who": who, "action": action, "subject": subject}
    items, following = _page_of(console, after, _A_PAGE, filters)
    with console.database.transaction() as connection:
        names, kinds = names_in_actions(connection)
    given = {name: value for name, value in filters.items() if value}
    return page(
        request,
        "actions.html",
        items=items,
        following=f"/actions?{urlencode({**given, 'after': following})}" if following else None,
        first=f"/actions?{urlencode(given)}" if after else None,
        names=names,
        kinds=kinds,
        filters=filters,
    )


@api.get("")
def actions(
    console: Here,
    who: Text = "",
    action: Text = "",
    subject: Text = "",
    after: After = "",
    limit: Limit = _A_PAGE,
) -> Paged[ActionOut]:
    """Who did what, when, and what came of it; the newest first."""
    items, following = _page_of(console, after, limit, {"who": who, "action": action, "subject": subject})
    return Paged[ActionOut](items=[_out(each) for each in items], next=following)


def _page_of(
    console: Console, after: str, limit: int, filters: dict[str, str]
) -> tuple[list[Action], str | None]:
    before = place(after, (int,))[0] if after else None
    assert before is None or isinstance(before, int)
    with console.database.transaction() as connection:
        # NUL is in no text of a database, and nobody is called so.
        if any("\0" in each for each in filters.values()):
            return [], None
        found = actions_before(connection, before, limit + 1, **filters)
    return cut(found, limit, lambda each: cursor(each.id))


def _out(action: Action) -> ActionOut:
    return ActionOut(
        id=action.id,
        at=action.at,
        who=action.who,
        role=action.actor.role,
        address=action.actor.address,
        door=action.actor.door,
        action=action.action,
        subject=action.subject,
        detail=dict(action.detail),
        state=action.state,
        outcome=action.outcome,
        ended_at=action.ended_at,
    )
