"""Why is it not here? Any form of link in, the answer in sentences, and the button that helps."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import Field

from finews.flows.why import Answer as Found
from finews.flows.why import Help
from finews.flows.why import why as asked_why
from finews.schema.errors import InvalidLinkError
from finews.schema.infocode import parse_link
from finews.schema.ledger import events_of
from finews.ui.api import Answer, api_router
from finews.ui.console import Console, Here
from finews.ui.language import language_of, translated
from finews.ui.pages import page

pages = APIRouter(include_in_schema=False)
api = api_router(tags=["articles"])

Link = Annotated[str, Query(max_length=2000, description="Any form of link, or an infoCode")]


class WhyAnswer(Answer):
    """Why an article is not here, or where it is."""

    info_code: str
    day: date = Field(description="The day that its code names")
    kind: str = Field(description="A word for the case", examples=["quarantined", "never"])
    answer: str = Field(description="In sentences, in the language of whoever asks")
    helps: list[Help] = Field(description="What would help, the best first")


@pages.get("/why")
def why_page(request: Request, console: Here, link: Link = "") -> Response:
    """The answer about a link, and how it is found."""
    found, wrong, events = None, "", []
    if link.strip():
        try:
            found = _found(console, link)
        except InvalidLinkError as error:
            wrong = str(error)
        else:
            with console.database.transaction() as connection:
                events = events_of(connection, found.info_code)
    return page(
        request,
        "why.html",
        status=400 if wrong else 200,
        link=link,
        found=found,
        wrong=wrong,
        events=events,
        sentences=_said(request, found) if found else [],
    )


@api.get("/why")
def why(request: Request, console: Here, link: Link) -> WhyAnswer:
    """Why an article is not here: the link may have any form."""
    found = _found(console, link)
    return WhyAnswer(
        info_code=found.info_code,
        day=found.day,
        kind=found.kind,
        answer=" ".join(_said(request, found)),
        helps=list(found.helps),
    )


def _found(console: Console, link: str) -> Found:
    code = parse_link(link, mirror_hosts=console.settings.mirror_hosts)
    return asked_why(console.database, console.settings, code)


def _said(request: Request, found: Found) -> list[str]:
    in_language = partial(translated, language_of(request))
    return [each.said(in_language) for each in found.sentences]
