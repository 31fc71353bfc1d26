"""The base address of something on the web, as an operator may give it in a setting."""

from __future__ import annotations

from urllib.parse import urlsplit


def base_address(value: str) -> str:
    """The address without a slash at its end; ValueError for one that is none, or that holds a password."""
    parts = urlsplit(value.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("an http(s) base address such as http://finews.zning.xyz is expected")
    if "@" in parts.netloc:
        raise ValueError("an address without user name and password is expected")
    _ = parts.port
    return value.strip().rstrip("/")
