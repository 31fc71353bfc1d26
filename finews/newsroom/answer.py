"""One honest answer, rendered once and served many times."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

from aiohttp import web

JSON_TYPE: Final = "application/json; charset=utf-8"
HTML_TYPE: Final = "text/html; charset=utf-8"
TEXT_TYPE: Final = "text/plain; charset=utf-8"

# Below this many bytes a packed answer is hardly smaller.
_WORTH_PACKING: Final = 300


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Status, type and body of an answer; ``etag`` is ``""`` where the source gives none."""

    body: bytes
    content_type: str = JSON_TYPE
    status: int = 200
    etag: str = ""
    _packed: list[bytes] = field(default_factory=list, repr=False, compare=False)

    def packed(self) -> bytes:
        """The body in gzip, made at the first call."""
        if not self._packed:
            self._packed.append(gzip.compress(self.body, compresslevel=5, mtime=0))
        return self._packed[0]

    def response(self, request: web.BaseRequest) -> web.Response:
        """The answer for this request: packed if it accepts that, 304 if it has it already."""
        headers = {"Content-Type": self.content_type}
        if self.etag:
            headers["ETag"] = self.etag
            if self.etag in request.headers.get("If-None-Match", ""):
                return web.Response(status=304, headers=headers)
        if len(self.body) >= _WORTH_PACKING:
            headers["Vary"] = "Accept-Encoding"
            if "gzip" in request.headers.get("Accept-Encoding", ""):
                headers["Content-Encoding"] = "gzip"
                return web.Response(status=self.status, body=self.packed(), headers=headers)
        return web.Response(status=self.status, body=self.body, headers=headers)


def json_answer(value: object, *, status: int = 200, tagged: bool = False) -> Answer:
    """A JSON value in UTF-8; ``tagged`` gives it an ETag of its content."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    # The tag is weak because packed and plain bytes share it.
    etag = f'W/"{blake2b(body, digest_size=10).hexdigest()}"' if tagged else ""
    return Answer(body=body, status=status, etag=etag)


def html_answer(text: str, *, status: int = 200) -> Answer:
    """An HTML page in UTF-8."""
    return Answer(body=text.encode(), content_type=HTML_TYPE, status=status)
