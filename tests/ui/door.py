"""A console with passwords, and something in it that can be done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import httpx
from argon2 import PasswordHasher
from fastapi import FastAPI
from fastapi.responses import Response

from finews.flows.operator import operator
from finews.schema.errors import RequestError
from finews.schema.settings import Settings
from finews.ui.act import act, back
from finews.ui.app import create_app
from finews.ui.console import Here
from finews.ui.viewer import Acting
from tests.ui.serving import served
from tests.ui.visitor import Visitor

WORD: Final = "correct horse battery"
"""The operator's password."""
_QUICK: Final = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def closed(**more: Any) -> dict[str, Any]:
    """Settings of a console whose operator and viewer have passwords."""
    return {"ui_password": _QUICK.hash(WORD), "ui_viewer_password": _QUICK.hash("only looking"), **more}


def app_of(settings: Settings) -> FastAPI:
    """The application, with an action for tests: by page and by API."""
    app = create_app(settings)

    def do(console: Here, viewer: Acting, what: str = "x") -> Response:
        def work() -> str:
            if what == "nonsense":
                raise RequestError("that is nonsense")
            return f"{what} was done for {operator()}"

        return back("/", act(console, viewer, "try", what, work, size=3))

    def do_by_api(console: Here, viewer: Acting) -> dict[str, int]:
        return {"did": act(console, viewer, "try", "by api", lambda: "done").number}

    def bug() -> None:
        raise ZeroDivisionError

    app.add_api_route("/try", do, methods=["POST"])
    app.add_api_route("/api/try", do_by_api, methods=["POST"])
    app.add_api_route("/bug", bug, methods=["GET"])
    return app


@contextmanager
def console(settings: Settings) -> Iterator[str]:
    """Serves that application; yields its address."""
    with served(app_of(settings), proxy=",".join(settings.ui_proxies)) as address:
        yield address


@contextmanager
def somebody(address: str, name: str = "operator", password: str = WORD) -> Iterator[Visitor]:
    """A visitor who has signed in."""
    with Visitor(address) as visitor:
        assert visitor.sign_in(name, password).status_code == 200
        yield visitor


def status(answer: httpx.Response) -> int:
    """Its status, where it is not the sign-in page that one was led to."""
    return 401 if answer.url.path == "/sign-in" and answer.request.method == "GET" else answer.status_code
