"""Identity: every form in which a link names an article, and the one infoCode behind them.

The forms are those of the source's public pages: the bare code, its 18 digits, share links, article-text
links, and the addresses of `finance.eastmoney.com` and `wap.eastmoney.com`. A link is an identity, never an
instruction where to connect.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date
from functools import lru_cache
from urllib.parse import SplitResult, parse_qsl, urlsplit

from finews.schema.errors import InvalidLinkError

KNOWN_MIRROR_HOSTS = ("finews.zning.xyz", "choicewzp1.eastmoney.com", "app.jg.eastmoney.com")
EXPECTED = (
    "an infoCode (NW and 18 digits, beginning with a date), a share link (…/NewsShare.html?infoCode=NW…), "
    "an article-text link (…/GetNewsText.do?id=NW…) or a finance.eastmoney.com article address"
)

_CODE = re.compile(r"(?:NW)?([0-9]{18})", re.ASCII | re.IGNORECASE)
_PAGE_PATHS = {
    "finance.eastmoney.com": re.compile(r"/(?:a/|news/[0-9]+,)([0-9]{18})\.html", re.ASCII),
    "wap.eastmoney.com": re.compile(r"/a/([0-9]{18})\.html", re.ASCII),
}
_QUERY_KEYS = {"newsshare.html": "infocode", "getnewstext.do": "id"}
_QUERY_FOLDERS = {"newsshare.html": "/html_news/newsshare.html", "getnewstext.do": "/newsdata/getnewstext.do"}


def as_code(text: object) -> str | None:
    """The infoCode that `text` spells by itself (`NW` + 18 digits or the digits alone), else None.

    The date inside has to be a day of the calendar. Numbers are not accepted: they lose digits in JSON.
    """
    if not isinstance(text, str):
        return None
    match = _CODE.fullmatch(text.strip())
    return f"NW{match[1]}" if match and _is_real_day(match[1][:8]) else None


def digits(info_code: str) -> str:
    """`NW202112212221210789` → `202112212221210789`, which the source calls an article's `id`."""
    return info_code[2:]


def day_of(info_code: str) -> date:
    """The day at which an article entered the source."""
    return date(int(info_code[2:6]), int(info_code[6:8]), int(info_code[8:10]))


def parse_link(link: str, *, mirror_hosts: Collection[str] = KNOWN_MIRROR_HOSTS) -> str:
    """The infoCode of the article that `link` names, in any of the contract's forms.

    `mirror_hosts` are hosts (with their port, where it is not the scheme's own) whose share and article-text
    links are understood. Raises InvalidLinkError, which says what was expected.
    """
    text = link.strip()
    found = _bare(text) or _of_address(text, mirror_hosts)
    if found is None:
        raise InvalidLinkError(f"{_shortened(text)!r}", advice=f"Expected {EXPECTED}")
    if not _is_real_day(found[:8]):
        raise InvalidLinkError(
            f"{_shortened(text)!r} has the impossible date {found[:4]}-{found[4:6]}-{found[6:8]}",
            advice=f"Expected {EXPECTED}",
        )
    return f"NW{found}"


def _bare(text: str) -> str | None:
    match = _CODE.fullmatch(text)
    return match[1] if match else None


def _of_address(text: str, mirror_hosts: Collection[str]) -> str | None:
    if re.search(r"[\x00-\x20\x7f\\]", text):
        return None
    if "://" not in text.partition("?")[0]:
        text = "http://" + text.removeprefix("//")
    try:
        parts = urlsplit(text)
        host = _host(parts)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or "@" in parts.netloc:
        return None
    if pages := _PAGE_PATHS.get(host):
        match = pages.fullmatch(parts.path)
        return match[1] if match else None
    if host not in KNOWN_MIRROR_HOSTS and host not in mirror_hosts:
        return None
    return _of_query(parts)


def _host(parts: SplitResult) -> str:
    default = {"http": 80, "https": 443}.get(parts.scheme)
    host = parts.hostname or ""
    return host if parts.port in (None, default) else f"{host}:{parts.port}"


def _of_query(parts: SplitResult) -> str | None:
    name = parts.path.rpartition("/")[2].lower()
    key = _QUERY_KEYS.get(name)
    if key is None or not parts.path.lower().endswith(_QUERY_FOLDERS[name]):
        return None
    values = {value.strip().upper() for given, value in parse_qsl(parts.query) if given.lower() == key}
    return _bare(values.pop()) if len(values) == 1 else None


@lru_cache(maxsize=4096)
def _is_real_day(eight: str) -> bool:
    try:
        date(int(eight[:4]), int(eight[4:6]), int(eight[6:]))
    except ValueError:
        return False
    return True


def _shortened(text: str) -> str:
    return text if len(text) <= 200 else text[:200] + "…"
