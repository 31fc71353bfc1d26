"""The console's application: its pages, its API, and what is open while it runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from fastapi.responses import RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.concurrency import run_in_threadpool

import finews
from finews.schema.database import Database
from finews.schema.settings import Settings
from finews.ui import home, quarantine, quarantine_api
from finews.ui.console import Console
from finews.ui.failures import tell_failures
from finews.ui.language import COOKIE, LANGUAGES

_STATIC: Final = Path(__file__).parent / "static"
_YEAR: Final = 365 * 86400
ROUTERS: Final = (home.pages, quarantine.pages, quarantine_api.api)
"""What the console serves, in the order in which addresses are looked up."""


def create_app(settings: Settings) -> FastAPI:
    """The application of a console with these settings; its database is open as long as it is served."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        database = Database(settings)
        await run_in_threadpool(database.__enter__)
        try:
            app.state.console = Console(settings=settings, database=database)
            yield
        finally:
            await run_in_threadpool(database.__exit__, None, None, None)

    app = FastAPI(
        title="finews",
        version=finews.__version__,
        summary="The operator console's API",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    app.mount("/static", StaticFiles(directory=_STATIC), name="static")
    for router in ROUTERS:
        app.include_router(router)
    app.add_api_route("/language/{code}", choose_language, methods=["GET"], include_in_schema=False)
    tell_failures(app)
    return app


def choose_language(code: str, to: str = "/") -> Response:
    """Keeps a language for this browser, and goes back to where it was asked for."""
    # Only to a path of our own: `//host` and `/\host` are other places.
    inside = to.startswith("/") and not to.startswith(("//", "/\\")) and to.isprintable()
    answer = RedirectResponse(to if inside else "/", 303)
    if code in LANGUAGES:
        answer.set_cookie(COOKIE, code, max_age=_YEAR, httponly=True, samesite="lax")
    return answer
