"""The addresses that a mirror is asked at, as section 1 of the contract lists them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from finews.schema.infocode import digits
from finews.schema.records import HEADLINES, ROLLING

TEXT: Final = "text"
PAGE: Final = "page"
FEED: Final = "feed"
SEARCH: Final = "search"
ROBOTS: Final = "robots"

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_TYPES: Final[Mapping[str, str]] = {ROLLING: "102", HEADLINES: "45"}


def text_path(info_code: str) -> str:
    """Path and query of the article text, which is JSON."""
    return f"/NewsData/GetNewsText.do?id={info_code}"


def page_paths(info_code: str) -> tuple[str, str]:
    """Where a server-rendered page may be, in the order of asking: the share link, the article's address."""
    return f"/html_News/NewsShare.html?infoCode={info_code}", f"/a/{digits(info_code)}.html"


def feed_path(name: str, count: int) -> str:
    """Path and query of a feed with at most `count` articles."""
    if name in _TYPES:
        return f"/web/webapi?type={_TYPES[name]}&count={count}&newsid=1"
    return f"/information/newmarket/web/webapi?marketType={name}&count={count}"


def search_path(page: int, limit: int) -> str:
    """Path and query of one page (from 1) of the search for everything, newest first."""
    return (
        "/NewsData/GetNewsBySearch.do?types=&securityCodes=&title=&text=&source="
        f"&pageIndex={page}&limit={limit}&sort=date&order=desc"
    )


def origin(url: str) -> str:
    """`http://host:port` of an address: what one robots.txt is for."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def site(url: str) -> tuple[str, int | None]:
    """Host and port of an address, where the schemes' own ports count as one: https is no other host.

    ValueError for an address without a readable port.
    """
    parts = urlsplit(url)
    port = parts.port
    return (parts.hostname or "").lower(), None if port == _DEFAULT_PORTS.get(parts.scheme) else port
