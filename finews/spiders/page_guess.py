"""What extraction libraries make of a page whose title, source or time is in no known place.

trafilatura knows the meta tags and headings of many sites, htmldate their dates. They take a third of a second
to load, and are loaded for such a page only.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from lxml.html import HtmlElement, tostring

from .moment import find_moment

_USUAL: Final = 300_000
"""Bytes around an article; a larger page is not guessed at."""


def title_and_source(root: HtmlElement) -> tuple[str, str]:
    """Title and name of the site; empty where there is none."""
    if len(tostring(root)) > _USUAL:
        return "", ""
    from trafilatura import extract_metadata

    try:
        found = extract_metadata(root)
    except Exception:  # noqa: BLE001 - whatever a page does to the library, these two are missing then
        return "", ""
    return found.title or "", found.sitename or ""


def moment(root: HtmlElement) -> datetime | None:
    """The time of publication in China time, if the page gives more than a day."""
    if len(tostring(root)) > _USUAL:
        return None
    from htmldate import find_date

    try:
        found = find_date(root, outputformat="%Y-%m-%d %H:%M:%S", original_date=True)
    except Exception:  # noqa: BLE001 - as above
        return None
    # A day alone comes back as midnight, and a post needs its moment.
    return find_moment(found) if found and not found.endswith("00:00:00") else None
