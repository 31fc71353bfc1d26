"""What is done through the console: who, when, what, and how it ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from fastapi.responses import RedirectResponse

from finews.flows.operator import acting_for
from finews.schema.errors import FinewsError
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
    """
    outcome = "failed"
    try:
        with acting_for(viewer.name):
            outcome = do()
    except FinewsError as error:
        outcome = str(error)
        raise
    finally:
        number = _keep(console, viewer, action, subject, detail, outcome)
    return Did(number=number, outcome=outcome)


def back(address: str, did: Did) -> RedirectResponse:
    """To a page of ours, which shows what was done. 303: reloading it does nothing again."""
    joined = "&" if urlsplit(address).query else "?"
    return RedirectResponse(address + joined + urlencode({"did": did.number}), 303)


def _keep(
    console: Console, viewer: Viewer, action: str, subject: str, detail: Mapping[str, Any], outcome: str
) -> int:
    kept = _kept(console)
    kept.append(
        {"who": viewer.name, "action": action, "subject": subject, "detail": detail, "outcome": outcome}
    )
    return len(kept)


def action_of(console: Console, number: int) -> Mapping[str, Any] | None:
    """A kept action: `{who, action, subject, detail, outcome}`."""
    kept = _kept(console)
    return kept[number - 1] if 0 < number <= len(kept) else None


def _kept(console: Console) -> list[Mapping[str, Any]]:
    return console.kept
