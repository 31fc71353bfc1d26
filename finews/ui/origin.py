"""Where a request comes from, by what browsers say of it: a page of ours, somebody's hand, or another site."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing."""
_OURS: Final = ("same-origin", "none")


def is_foreign(method: str, headers: Mapping[str, str], scheme: str) -> bool:
    """Whether another site is behind a request; programs say nothing of it, and are not.

    What only looks may be led to from elsewhere by a link, and not be built into a page there.
    """
    site = headers.get("sec-fetch-site", "none")
    if method in SAFE:
        return site not in _OURS and headers.get("sec-fetch-mode", "navigate") != "navigate"
    origin = headers.get("origin")
    if origin is not None and not _is_own(origin, headers.get("host", ""), scheme):
        return True
    return site not in _OURS


def _is_own(origin: str, host: str, scheme: str) -> bool:
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    # Behind a proxy that is not believed we do not know that it is https outside; the other way round we do.
    schemes = ("https",) if scheme == "https" else ("http", "https")
    return parts.scheme in schemes and parts.netloc.lower() == host.lower()
