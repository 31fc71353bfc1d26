"""What is done to one article, by whoever may act."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import Response

from finews.flows.article_actions import (
    fetch_article,
    forget_article,
    remember_article,
    replay_article,
)
from finews.ui.act import act, back
from finews.ui.article import Code
from finews.ui.console import Console, Here
from finews.ui.pages import N_
from finews.ui.viewer import Acting, Viewer

pages = APIRouter(include_in_schema=False)

Why = Annotated[str, Form(max_length=2000)]
ACTIONS = (N_("fetch"), N_("replay"), N_("forget"), N_("remember"))


@pages.post("/articles/{code}/fetch")
def fetch(console: Here, viewer: Acting, code: Code) -> Response:
    """Asks the source for it now."""
    return _done(
        console, viewer, "fetch", code, lambda: fetch_article(console.database, console.settings, code)
    )


@pages.post("/articles/{code}/replay")
def replay(console: Here, viewer: Acting, code: Code) -> Response:
    """Reads its payload again."""
    return _done(console, viewer, "replay", code, lambda: replay_article(console.settings, code))


@pages.post("/articles/{code}/forget")
def forget(console: Here, viewer: Acting, code: Code, why: Why = "") -> Response:
    """Removes it for good, for a reason."""
    return _done(
        console, viewer, "forget", code, lambda: forget_article(console.settings, code, why=why), why=why
    )


@pages.post("/articles/{code}/remember")
def remember(console: Here, viewer: Acting, code: Code, why: Why = "") -> Response:
    """Lets it come back."""
    return _done(
        console, viewer, "remember", code, lambda: remember_article(console.settings, code, why=why), why=why
    )


def _done(
    console: Console, viewer: Viewer, action: str, code: str, do: Callable[[], str], **detail: str
) -> Response:
    return back(f"/articles/{code}", act(console, viewer, action, code, do, **detail))
