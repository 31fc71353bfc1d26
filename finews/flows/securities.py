"""The securities that an article names."""

from __future__ import annotations

import re

from finews.flows.html_tree import elements, text_of
from finews.schema.plain_text import clean_text
from finews.schema.records import Security

# A tag as the source writes it: attributes in double quotes, a name without markup within.
_ATTRIBUTE = r'(?: [a-z-]++="[^"<>&\x00-\x1f]*+")'
_PLAIN_TAG = re.compile(
    rf'<(a|span){_ATTRIBUTE}*? data-code="([^"<>&\x00-\x1f]*+)"{_ATTRIBUTE}*+>'
    r"([^<>&\x00-\x08\x0b-\x1f\x7f-\xa0]*+)</\1>"
)
_UNREAD = re.compile(
    r"<(?:[!?]|script|style|textarea|title|xmp|iframe|no[a-z]+|plaintext|svg|math)", re.IGNORECASE
)
_CODE = re.compile(r"\s*([^\s,|]{1,40})\s*,\s*([^\s,|]{1,40})\s*")


def securities(html: str) -> tuple[Security, ...]:
    """The securities tagged with `data-code="market,code"` in `html`, in order of appearance.

    Each security comes once, with the first name that is not empty. The form with pipes, which stands on
    the links of charts, is no tag. Any text is accepted.
    """
    if "data-code" not in html:
        return ()
    names: dict[tuple[str, str], str] = {}
    for data_code, name in _plain_tags(html) or _tags(html):
        match = _CODE.fullmatch(data_code)
        if match is None:
            continue
        key = (match[1], match[2])
        if not names.get(key):
            names[key] = name
    return tuple(Security(market=market, code=code, name=name) for (market, code), name in names.items())


def _tags(html: str) -> list[tuple[str, str]]:
    return [(each.get("data-code") or "", text_of(each)) for each in elements(html, "//*[@data-code]")]


def _plain_tags(html: str) -> list[tuple[str, str]] | None:
    """`data-code` and text of each tag, where all of them are written plainly: then no tree has to be built."""
    found = _PLAIN_TAG.findall(html)
    if len(found) != html.count("data-code") or _UNREAD.search(html):
        return None
    return [(data_code, clean_text(name)) for _, data_code, name in found]
