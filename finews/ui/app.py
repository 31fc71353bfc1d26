"""The console's application: its pages, its API, and what is open while it runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from fastapi.responses import RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp

import finews
from finews.flows.console_key import console_key
from finews.flows.doorkeeper import Doorkeeper
from finews.flows.search_index import kept_up_to_date
from finews.schema.database import Database
from finews.schema.settings import Settings
from finews.ui import (
    actions,
    api_docs,
    article,
    article_acts,
    article_api,
    articles,
    backfill_form,
    backfills,
    backfills_api,
    coverage,
    feeds,
    health,
    home,
    live,
    mirrors,
    quarantine,
    quarantine_api,
    runs,
    sign_in,
    why,
)
from finews.ui.api import operation_name
from finews.ui.console import Console
from finews.ui.door import DoorMiddleware
from finews.ui.failures import tell_failures
from finews.ui.language import COOKIE, LANGUAGES
from finews.ui.own_path import own_path
from finews.ui.policy import Headers
from finews.ui.streams import Streams

_STATIC: Final = Path(__file__).parent / "static"
_YEAR: Final = 365 * 86400
ROUTERS: Final = (
    *(home.pages, home.api, live.pages, sign_in.pages, health.pages, actions.pages, actions.api),
    *(articles.pages, articles.api, article.pages, article_acts.pages, article_api.api, why.pages, why.api),
    *(coverage.pages, coverage.api, backfill_form.pages, backfills.pages, backfills_api.api),
    *(quarantine.pages, quarantine_api.api),
    *(runs.pages, runs.api, feeds.pages, feeds.api, mirrors.pages, mirrors.api, api_docs.pages),
)
"""What the console serves, in the order in which addresses are looked up."""


def create_app(settings: Settings) -> FastAPI:
    """The application of a console with these settings; its database is open as long as it is served."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        stack, streams = ExitStack(), None
        database = Database(settings, checked=True)
        try:
            key = console_key(settings)
            doorkeeper = Doorkeeper(database, settings, key)
            await run_in_threadpool(stack.enter_context, database)
        except Exception as error:
            # The server would only say that there was something; whoever started it says what.
            app.state.broken = error
            raise
        try:
            console = Console(settings=settings, database=database, key=key, doorkeeper=doorkeeper)
            app.state.console = console
            streams = app.state.streams = Streams(database, console.stopping)
            await run_in_threadpool(stack.enter_context, kept_up_to_date(database))
            yield
        finally:
            if streams is not None:
                await streams.close()
            await run_in_threadpool(stack.close)

    app = ConsoleApp(
        title="finews",
        version=finews.__version__,
        summary="The operator console's API",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        generate_unique_id_function=operation_name,
    )
    app.mount("/static", StaticFiles(directory=_STATIC), name="static")
    for router in ROUTERS:
        app.include_router(router)
    app.add_api_route("/language/{code}", choose_language, methods=["GET"], include_in_schema=False)
    tell_failures(app)
    app.add_middleware(DoorMiddleware, settings=settings)
    return app


class ConsoleApp(FastAPI):
    """An application whose every answer has its headers, also what is said of a bug."""

    def build_middleware_stack(self) -> ASGIApp:
        """What a request goes through, the outermost first."""
        return Headers(super().build_middleware_stack())


def choose_language(code: str, to: str = "/") -> Response:
    """Keeps a language for this browser, and goes back to where it was asked for."""
    answer = RedirectResponse(own_path(to), 303)
    if code in LANGUAGES:
        answer.set_cookie(COOKIE, code, max_age=_YEAR, httponly=True, samesite="lax")
    return answer
