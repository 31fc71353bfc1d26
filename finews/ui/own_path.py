"""Where a redirect may lead: to a page of ours."""

from __future__ import annotations

from typing import Final

_LONGEST: Final = 2000


def own_path(text: str) -> str:
    """The path, with its query, where it is one of ours; else `/`."""
    # `//host` and `/\host` are other places, and what cannot be printed may be left out by a browser.
    ours = text.startswith("/") and not text.startswith(("//", "/\\")) and "\\" not in text.partition("?")[0]
    return text if ours and text.isprintable() and len(text) <= _LONGEST else "/"
