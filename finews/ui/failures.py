"""Errors as pages and as JSON, in the words of the command line; never a traceback."""

from __future__ import annotations

import logging
import traceback
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from finews.schema.errors import FinewsError, ForbiddenError, RequestError, ServiceError, UnknownNameError
from finews.schema.plain_text import whole_characters
from finews.ui.pages import page

_LOG = logging.getLogger(__name__)


def status_of(error: FinewsError) -> int:
    """The HTTP status of an error of ours."""
    if isinstance(error, UnknownNameError):
        return 404
    if isinstance(error, ForbiddenError):
        return 403
    if isinstance(error, RequestError):
        return 400
    return 503 if isinstance(error, ServiceError) else 409


def tell_failures(app: FastAPI) -> None:
    """Has every error of an app told in its page or its object."""

    @app.exception_handler(FinewsError)
    def _ours(request: Request, error: FinewsError) -> Response:
        return failure(request, status_of(error), type(error).__name__.removesuffix("Error"), str(error))

    @app.exception_handler(RequestValidationError)
    def _wrong(request: Request, error: RequestValidationError) -> Response:
        words = "; ".join(f"{_where(each['loc'])}: {each['msg']}" for each in error.errors())
        return failure(request, 400, "Request", f"The request is wrong, nothing was done: {words}.")

    @app.exception_handler(HTTPException)
    def _http(request: Request, error: HTTPException) -> Response:
        kind = {404: "UnknownName", 405: "Request"}.get(error.status_code, "Request")
        words = "There is no such page." if error.status_code == 404 else f"{error.detail}."
        return failure(request, error.status_code, kind, words, headers=error.headers)

    @app.exception_handler(Exception)
    def _bug(request: Request, error: Exception) -> Response:
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{type(error).__name__} in {Path(place.filename).name}:{place.lineno}"
        _LOG.error("a bug of finews: %s, at %s", where, request.url.path)
        words = f"A bug of finews: {where}. What was committed is kept; please report it."
        return failure(request, 500, "Bug", words)


def failure(request: Request, status: int, kind: str, words: str, *, headers: Any = None) -> Response:
    """The answer to a request that failed: an object for the API, else a page."""
    # What was asked for may come back in the words, and lone surrogates cannot be sent.
    words = whole_characters(words)
    if request.url.path.startswith("/api/"):
        return JSONResponse({"error": kind, "message": words}, status, headers=headers)
    answer = page(request, "failure.html", status=status, words=words, name=HTTPStatus(status).phrase)
    answer.headers.update(headers or {})
    return answer


def _where(place: tuple[Any, ...]) -> str:
    return ".".join(str(each) for each in place[1:]) or "the request"
