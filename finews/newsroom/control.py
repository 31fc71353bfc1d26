"""Steering a newsroom over HTTP, for one that runs as a process of its own."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from .answer import json_answer
from .article import SourceArticle
from .request_log import SeenRequest

if TYPE_CHECKING:
    from .room import Newsroom

PREFIX: Final = "/_newsroom/"

Fields = dict[str, Any]


class Control:
    """``GET`` reads, ``POST`` with a JSON object changes; what each address takes is told by the package.

    ``{"error": …, "kind": …}`` with 400 for a body that does not fit, 404 for an unknown address or article.
    """

    def __init__(self, room: Newsroom) -> None:
        self._reads: dict[str, Callable[[Mapping[str, str]], object]] = {
            "requests": lambda _: [seen_to_json(seen) for seen in room.requests],
            "strays": lambda _: [seen_to_json(seen) for seen in room.strays],
            "articles": lambda _: [article.to_json() for article in room.articles],
            "count": lambda query: room.count(
                query.get("kind"), mirror=int(query["mirror"]) if "mirror" in query else None
            ),
        }
        self._changes: dict[str, Callable[[Fields], object]] = {
            "publish": lambda fields: room.publish(SourceArticle.from_json(fields)),
            "edit": lambda fields: room.edit(fields.pop("info_code"), **fields).to_json(),
            "withdraw": lambda fields: room.withdraw(**fields),
            "withhold": lambda fields: room.withhold(**fields),
            "restore": lambda fields: room.restore(**fields),
            "fault": lambda fields: room.fault(**fields),
            "clear_faults": lambda fields: room.clear_faults(**fields),
            "forget_requests": lambda fields: room.forget_requests(**fields),
        }

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request below :data:`PREFIX`."""
        name = request.path.removeprefix(PREFIX)
        try:
            if request.method == "GET" and name in self._reads:
                return json_answer(self._reads[name](request.query)).response(request)
            if request.method == "POST" and name in self._changes:
                fields = json.loads(await request.text() or "{}")
                if not isinstance(fields, dict):
                    raise TypeError("the body is a JSON object")
                return json_answer(self._changes[name](fields)).response(request)
        except KeyError as error:
            return _refusal(error, 404)
        except (TypeError, ValueError) as error:
            return _refusal(error, 400)
        return _refusal(LookupError(f"nothing at {request.method} {request.path}"), 404)


def seen_to_json(seen: SeenRequest) -> dict[str, object]:
    """A request as JSON values, header names as they came."""
    fields = {field.name: getattr(seen, field.name) for field in dataclasses.fields(seen)}
    return {**fields, "query": dict(seen.query), "headers": dict(seen.headers)}


def _refusal(error: Exception, status: int) -> web.Response:
    # A JSON error is a ValueError to whoever asks.
    kind = "ValueError" if isinstance(error, ValueError) else type(error).__name__
    return web.json_response({"error": str(error.args[0]), "kind": kind}, status=status)
