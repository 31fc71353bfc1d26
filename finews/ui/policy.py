"""What browsers may do with our answers: headers for pages, and for the frame that shows an article."""

from __future__ import annotations

import os
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PAGE_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "frame-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
ARTICLE_POLICY: Final = "; ".join(
    (
        "sandbox",
        "default-src 'none'",
        "img-src data:",
        "style-src 'self'",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'self'",
    )
)
"""For a stranger's HTML in a frame of ours: no script, no form, nothing loaded but our style sheet."""
ARTICLE_POLICY_WITH_IMAGES: Final = ARTICLE_POLICY.replace("img-src data:", "img-src data: https: http:")
"""The same where somebody has asked to see its images, which tells the images' hosts so."""

_EVERYWHERE: Final = {
    "X-Content-Type-Options": "nosniff",
    # With `no-referrer` browsers would say nothing of the origin of our own forms either.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_STATIC: Final = "/static/"


def article_headers(*, images: bool = False) -> dict[str, str]:
    """The headers of an answer that is an article's HTML, for a frame with the attribute `sandbox`."""
    return {"Content-Security-Policy": ARTICLE_POLICY_WITH_IMAGES if images else ARTICLE_POLICY}


class Headers:
    """Gives every answer its headers, also the one about a bug; a handler's own ones stay."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        static = scope["path"].startswith(_STATIC)
        answered = False

        async def with_headers(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.start":
                answered = True
                headers = MutableHeaders(scope=message)
                for name, value in _EVERYWHERE.items():
                    headers.setdefault(name, value)
                headers.setdefault("Content-Security-Policy", PAGE_POLICY)
                # An article's frame has no origin, and needs our style sheet all the same.
                headers.setdefault(
                    "Cross-Origin-Resource-Policy", "cross-origin" if static else "same-origin"
                )
                if not static:
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        try:
            await self._app(scope, receive, with_headers)
        except Exception:
            # A bug that was answered was logged, in a line; the server would close the connection with a traceback.
            if not answered or os.environ.get("FINEWS_DEBUG"):
                raise
