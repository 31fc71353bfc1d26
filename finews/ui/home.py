"""The first page: is it healthy, in one look."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from finews.flows.standing import status
from finews.ui.console import Here
from finews.ui.pages import page

pages = APIRouter(include_in_schema=False)


@pages.get("/")
def overview(request: Request, console: Here) -> Response:
    """The overview."""
    return page(request, "home.html", standing=status(console.database, console.settings))
