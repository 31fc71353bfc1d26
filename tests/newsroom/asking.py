"""A plain HTTP client that follows and hides nothing."""

from __future__ import annotations

import gzip
import http.client
import json
from dataclasses import dataclass
from email.message import Message
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True, kw_only=True)
class Reply:
    """``body`` as it came over the wire."""

    status: int
    headers: Message
    body: bytes

    @property
    def text(self) -> str:
        packed = self.headers.get("Content-Encoding") == "gzip"
        return (gzip.decompress(self.body) if packed else self.body).decode()

    @property
    def json(self) -> Any:
        return json.loads(self.text)


def ask(address: str, *, method: str = "GET", timeout: float = 30, **headers: str) -> Reply:
    """One request on a connection of its own; header names with ``_`` for ``-``."""
    connection = begin(address, method=method, timeout=timeout, **headers)
    try:
        answer = connection.getresponse()
        return Reply(status=answer.status, headers=answer.headers, body=answer.read())
    finally:
        connection.close()


def begin(
    address: str, *, method: str = "GET", timeout: float = 30, **headers: str
) -> http.client.HTTPConnection:
    """A connection on which one request was sent; the caller closes it."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    connection.request(method, path, headers={name.replace("_", "-"): text for name, text in headers.items()})
    return connection


def text_address(base: str, info_code: str) -> str:
    return f"{base}/NewsData/GetNewsText.do?id={info_code}"


def feed_address(base: str, name: str, count: int | None = None) -> str:
    wanted = "" if count is None else f"&count={count}"
    if name in ("rolling", "headlines"):
        return f"{base}/web/webapi?type={102 if name == 'rolling' else 45}{wanted}&newsid=1"
    return f"{base}/information/newmarket/web/webapi?marketType={name}{wanted}"


def search_address(base: str, **query: object) -> str:
    asked = "&".join(f"{key}={value}" for key, value in query.items())
    return f"{base}/NewsData/GetNewsBySearch.do?types=&sort=date&order=desc&{asked}"
