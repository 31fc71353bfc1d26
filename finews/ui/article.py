"""One article: its text in a frame, and all that is known of it."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from finews.flows.article_view import body_of, payload_with_bytes, view_article
from finews.schema.errors import UnknownNameError
from finews.schema.infocode import parse_link
from finews.ui.console import Here
from finews.ui.pages import environment, page
from finews.ui.payload_text import shown_text
from finews.ui.policy import article_headers

pages = APIRouter(include_in_schema=False)


def code_of(code: Annotated[str, Path(max_length=100, description="An infoCode")]) -> str:
    """The infoCode that an address names. Raises InvalidLinkError."""
    return parse_link(code)


Code = Annotated[str, Depends(code_of)]
"""A handler's parameter: the infoCode in its address."""
Number = Annotated[int, Path(ge=1, lt=2**63)]


@pages.get("/articles/{code}")
def article_page(request: Request, console: Here, code: Code, images: bool = False) -> Response:
    """One article; of one that nobody has heard of, why it is not here."""
    if request.path_params["code"] != code:
        asked = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"/articles/{code}{asked}", 303)
    try:
        view = view_article(console.database, console.settings, code)
    except UnknownNameError:
        did = request.query_params.get("did")
        return RedirectResponse(f"/why?{urlencode({'link': code} | ({'did': did} if did else {}))}", 303)
    return page(request, "article.html", view=view, images=images)


@pages.get("/articles/{code}/frame")
def article_frame(
    console: Here,
    code: Code,
    images: bool = False,
    revision: Annotated[int | None, Query(ge=1, lt=2**31)] = None,
) -> Response:
    """The text of an article as a document of its own: made safe, and under a policy that runs nothing."""
    row, body = body_of(console.database, code, revision)
    text = environment("en").get_template("frame.html").render(row=row, body=body)
    return HTMLResponse(text, headers=article_headers(images=images))


@pages.get("/articles/{code}/payloads/{number}")
def payload_page(request: Request, console: Here, code: Code, number: Number) -> Response:
    """What a mirror answered, as text."""
    payload = payload_with_bytes(console.database, code, number)
    return page(request, "payload.html", payload=payload, shown=shown_text(payload))


@pages.get("/articles/{code}/payloads/{number}/raw")
def payload_file(console: Here, code: Code, number: Number) -> Response:
    """The same to the byte, to be kept and not to be looked at: no browser takes it for anything but text."""
    payload = payload_with_bytes(console.database, code, number)
    return Response(
        payload.body,
        media_type="text/plain",
        headers={"Content-Disposition": f'attachment; filename="{payload.info_code}-{number}.txt"'},
    )
