"""Somebody who asks a console over HTTP, as a browser without scripts does."""

from __future__ import annotations

import re
from typing import Any

import httpx

_TOKEN = re.compile(r'name="(?:token|csrf-token)" (?:value|content)="([0-9a-f]+)"')


class Visitor(httpx.Client):
    """A client that keeps its cookie and, in what it changes, sends the token of a page that it was given."""

    def __init__(self, address: str, **more: Any) -> None:
        headers = {"Accept-Language": "en", "Origin": address, "Sec-Fetch-Site": "same-origin"}
        given: dict[str, Any] = {"follow_redirects": True, "timeout": 30, "headers": headers}
        super().__init__(base_url=address, **{**given, **more})

    @property
    def token(self) -> str:
        """A token of a page that this visitor opens; empty where its pages have none."""
        found = _TOKEN.search(self.get("/").text)
        return found[1] if found else ""

    def post(self, url: httpx.URL | str, **more: Any) -> httpx.Response:
        """As a form of a page does it: with a token, unless the caller gives one."""
        headers = dict(more.pop("headers", None) or {})
        headers.setdefault("X-CSRF-Token", self.token)
        return super().post(url, headers=headers, **more)

    def sign_in(self, name: str, password: str, **more: Any) -> httpx.Response:
        """Signs in; returns where that led."""
        return self.post("/sign-in", data={"name": name, "password": password, **more})
