"""Packed answers, unpacked strictly: Scrapy's own middleware takes what it can get of a broken stream."""

from __future__ import annotations

import zlib
from typing import Final, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from .trouble import BadCompression, TooLarge

_GZIP: Final = 16 + zlib.MAX_WBITS
_RAW_DEFLATE: Final = -zlib.MAX_WBITS
_WINDOWS: Final = {
    b"gzip": (_GZIP,),
    b"x-gzip": (_GZIP,),
    # "deflate" is the zlib format (RFC 9110, section 8.4.1.2); some servers send the bare stream.
    b"deflate": (zlib.MAX_WBITS, _RAW_DEFLATE),
}


class Unpacking:
    """Downloader middleware: asks for gzip or deflate, and hands on the unpacked body.

    Raises BadCompression for a stream that is broken or ends early, TooLarge beyond DOWNLOAD_MAXSIZE.
    An encoding that was not asked for is left on the answer.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Takes the size limit from the crawl's settings."""
        return cls(crawler.settings.getint("DOWNLOAD_MAXSIZE"))

    def process_request(self, request: Request) -> None:
        """Tells the mirror what can be unpacked."""
        request.headers.setdefault(b"Accept-Encoding", b"gzip, deflate")

    def process_response(self, request: Request, response: Response) -> Response:  # noqa: ARG002 - Scrapy's form
        """Unpacks the body, from the last encoding to the first."""
        named = b",".join(response.headers.getlist(b"Content-Encoding")).lower()
        encodings = [each.strip() for each in named.split(b",") if each.strip(b" \t")]
        body = response.body
        if not encodings or not body:
            return response
        while encodings and encodings[-1] in (b"identity", *_WINDOWS):
            encoding = encodings.pop()
            if encoding != b"identity":
                body = unpacked(body, encoding, self._limit)
        response = response.replace(body=body)
        response.headers[b"Content-Encoding"] = b", ".join(encodings)
        return response


def unpacked(body: bytes, encoding: bytes, limit: int) -> bytes:
    """The bytes that `body` is packed from; see `Unpacking` for what it raises."""
    for window in _WINDOWS[encoding]:
        try:
            return _inflated(body, window, limit)
        except zlib.error:
            continue
    raise BadCompression(f"not {encoding.decode()}")


def _inflated(body: bytes, window: int, limit: int) -> bytes:
    parts: list[bytes] = []
    left = limit
    rest = body
    while rest:
        stream = zlib.decompressobj(window)
        part = stream.decompress(rest, left + 1)
        left -= len(part)
        if left < 0:
            raise TooLarge(f"more than {limit} bytes unpacked")
        if not stream.eof:
            raise BadCompression("the stream ends early")
        parts.append(part)
        # A gzip file may be several in a row (RFC 1952, section 2.2); zero bytes at the end are padding.
        rest = stream.unused_data.lstrip(b"\0") if window == _GZIP else b""
    return b"".join(parts)
