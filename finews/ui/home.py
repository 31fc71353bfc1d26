"""The first page: is it healthy, in one look; the same as `/api/status`."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from finews.flows import feeds, mirror_view
from finews.flows.overview import overview
from finews.ui.amiss import troubles
from finews.ui.api import api_router
from finews.ui.console import Here
from finews.ui.home_charts import freshness_figure, media_figure
from finews.ui.pages import page
from finews.ui.status_models import Status

pages = APIRouter(include_in_schema=False)
api = api_router(tags=["status"])


@pages.get("/")
def home(request: Request, console: Here) -> Response:
    """The overview."""
    seen = overview(console.database, console.settings)
    return page(
        request,
        "home.html",
        seen=seen,
        feeds=[(each, feeds.standing_of(each, console.settings)) for each in seen.feeds],
        mirrors=[(each, mirror_view.standing_of(each)) for each in seen.mirrors],
        amiss=troubles(request, seen.amiss),
        forgotten=troubles(request, seen.forgotten),
        media=media_figure(request, seen),
        fresh=freshness_figure(request, seen),
        waiting=sum(seen.queue.waiting[state] for state in ("pending", "failed", "blocked", "gone")),
        quarantined=sum(number for _, number in seen.quarantine),
    )


@api.get("/status")
def status(console: Here) -> Status:
    """Whether all is well, and the figures that say why."""
    return Status.of(overview(console.database, console.settings), console.settings)
