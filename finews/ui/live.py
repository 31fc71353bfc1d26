"""`/events`: tells a page of ours which of its topics have changed, so that it asks for itself again."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from finews.schema.errors import UnknownNameError
from finews.schema.watermarks import TOPICS
from finews.ui.streams import EventStream, Streams

pages = APIRouter(include_in_schema=False)


@pages.get("/events")
async def events(request: Request, topics: str = "") -> Response:
    """A stream of changes in these topics, separated by blanks; of all where none is named."""
    wanted = topics.split()
    if unknown := sorted(set(wanted) - set(TOPICS)):
        raise UnknownNameError(f"topic {', '.join(unknown)}", advice=f"Topics are {', '.join(TOPICS)}")
    streams: Streams = request.app.state.streams
    return EventStream(streams, wanted or TOPICS)
