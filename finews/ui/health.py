"""Whether the console is there, and whether it can work: for whoever watches it."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import JSONResponse, PlainTextResponse, Response

from finews.schema.errors import FinewsError
from finews.schema.frontier import clock
from finews.ui.console import Here

pages = APIRouter(include_in_schema=False)


@pages.get("/healthz")
async def healthz() -> Response:
    """It is there; nothing is started and nobody asked for that."""
    return PlainTextResponse("ok\n")


@pages.get("/readyz")
def readyz(console: Here) -> Response:
    """It can work: the database answers. Anybody may read this, so that it does not say where that is."""
    try:
        with console.database.transaction(wait=2) as connection:
            clock(connection)
    except FinewsError as error:
        words = (type(error).__doc__ or "").strip()
        return JSONResponse(
            {"ready": False, "error": type(error).__name__.removesuffix("Error"), "message": words}, 503
        )
    return JSONResponse({"ready": True})
