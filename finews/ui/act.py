"""What is done through the console: who, when, what, and how it ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from fastapi.responses import RedirectResponse

from finews.flows.audit import entered
from finews.flows.operator import acting_for
from finews.schema.actions import Action, action_numbered
from finews.ui.console import Console
from finews.ui.viewer import Viewer


@dataclass(frozen=True, kw_only=True)
class Did:
    """An action, done: its number in the ledger of actions, and what it came to, in words."""

    number: int
    outcome: str


def act(
    console: Console,
    viewer: Viewer,
    action: str,
    subject: str,
    do: Callable[[], str],
    **detail: Any,
) -> Did:
    """Does something in the name of a viewer, and keeps it: also what failed, which is raised again.

    `do` returns what it came to, in a short English sentence. `subject` is what was acted on: an infoCode, a feed.
    `detail` has JSON values.
    """
    with acting_for(viewer.name), entered(console.database, viewer.actor, action, subject, detail) as entry:
        entry.outcome = do()
    return Did(number=entry.number, outcome=entry.outcome)


def back(address: str, did: Did) -> RedirectResponse:
    """To a page of ours, which shows what was done. 303: reloading it does nothing again."""
    joined = "&" if urlsplit(address).query else "?"
    return RedirectResponse(address + joined + urlencode({"did": did.number}), 303)


def action_of(console: Console, number: int) -> Action | None:
    """A kept action."""
    with console.database.transaction() as connection:
        return action_numbered(connection, number)
