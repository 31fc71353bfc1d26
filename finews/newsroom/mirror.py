"""One mirror of the source: addresses to answers, faults included."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from . import broken_wire, wrong_answers
from .answer import TEXT_TYPE, Answer, html_answer
from .faults import PARAMETERS, Fault, FaultBoard
from .pages import NOT_FOUND
from .request_log import RequestLog
from .shelf import Shelf
from .trouble import Trouble

_ACTS: Final = {**broken_wire.ACTS, **wrong_answers.ACTS}
_PREFIXED: Final = re.compile(r"/~([a-z0-9_]+)(/.*)")
_PAGE: Final = re.compile(r"/(?:a/|news/\d+,)(\d{18})\.html")
_PLACES: Final[Mapping[str, str]] = {
    "/NewsData/GetNewsText.do": "text",
    "/NewsData/GetNewsBySearch.do": "search",
    "/web/webapi": "feeds",
    "/information/newmarket/web/webapi": "feeds",
    "/html_News/NewsShare.html": "page",
    "/robots.txt": "robots",
}
_BY_TYPE: Final[Mapping[str, str]] = {"102": "rolling", "45": "headlines"}


@dataclass(frozen=True, kw_only=True)
class Mirror:
    """``number`` counts from 0; ``away`` is where ``redirect_away`` leads; ``disallow`` is for robots.txt.

    ``searched`` is called when a search has its answer.
    """

    number: int
    shelf: Shelf
    faults: FaultBoard
    log: RequestLog
    away: str
    disallow: Sequence[str] = ()
    searched: Callable[[], object] = lambda: None

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request, or let it suffer."""
        asked = path = request.path
        by_address: Fault | None = None
        prefixed = _PREFIXED.fullmatch(path)
        if prefixed is not None and prefixed[1] in PARAMETERS:
            by_address, path = Fault(kind=prefixed[1]), prefixed[2]
        page = _PAGE.fullmatch(path)
        place = "page" if page else _PLACES.get(path, "other")
        info_code = f"NW{page[1]}" if page else _named(place, request.query)
        fault = by_address or self.faults.take(
            mirror=self.number, place=place, path=path, info_code=info_code
        )
        self.log.arrive(
            mirror=self.number,
            method=request.method,
            path=asked,
            kind=place,
            query=request.query,
            headers=request.headers,
            info_code=info_code,
            fault=fault.kind if fault else None,
        )
        try:
            if request.method not in ("GET", "HEAD"):
                return web.Response(status=405, headers={"Allow": "GET, HEAD"})
            honest = self._honest(path, place, info_code, request.query)
            if fault is None:
                return honest.response(request)
            return await self._suffer(request, fault, honest, info_code)
        finally:
            self.log.leave(self.number)

    def _honest(self, path: str, place: str, info_code: str | None, query: Mapping[str, str]) -> Answer:
        if place == "text":
            return self.shelf.text(info_code or "", self.number)
        if place == "feeds":
            wanted = query.get("count", "")
            name = (
                query.get("marketType", "")
                if "newmarket" in path
                else _BY_TYPE.get(query.get("type", ""), "")
            )
            return self.shelf.feed(name, int(wanted) if wanted.isdecimal() else None)
        if place == "search":
            answer = self.shelf.search(
                query, _at_least_one(query.get("pageIndex"), 1), _at_least_one(query.get("limit"), 20)
            )
            self.searched()
            return answer
        if place == "page":
            held = self.shelf.share if path in _PLACES else self.shelf.page
            return held(info_code or "", self.number)
        if place == "robots":
            rules = "".join(f"Disallow: {prefix}\n" for prefix in self.disallow) or "Disallow:\n"
            return Answer(body=f"User-agent: *\n{rules}".encode(), content_type=TEXT_TYPE)
        return html_answer(NOT_FOUND, status=404)

    async def _suffer(
        self, request: web.BaseRequest, fault: Fault, honest: Answer, info_code: str | None
    ) -> web.StreamResponse:
        trouble = Trouble(
            request=request,
            fault=fault,
            honest=honest,
            text_of=lambda code: self.shelf.text(code, self.number),
            another=lambda: self.shelf.another_text(info_code),
            away=self.away,
        )
        try:
            return await _ACTS[fault.kind](trouble)
        except ConnectionError:
            # The client went away in the middle of a long body, which is what it should do.
            return web.Response()


def _named(place: str, query: Mapping[str, str]) -> str | None:
    given = query.get("id" if place == "text" else "infoCode", "") if place in ("text", "page") else ""
    return f"NW{given}" if given.isdecimal() else given or None


def _at_least_one(given: str | None, default: int) -> int:
    return max(int(given), 1) if given and given.isdecimal() else default
