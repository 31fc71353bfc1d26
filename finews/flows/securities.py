"""The securities that an article names."""

from __future__ import annotations

import re

from finews.flows.html_tree import elements, text_of
from finews.schema.records import Security

_CODE = re.compile(r"\s*([^\s,|]{1,40})\s*,\s*([^\s,|]{1,40})\s*")


def securities(html: str) -> tuple[Security, ...]:
    """The securities tagged with `data-code="market,code"` in `html`, in order of appearance.

    Each security comes once, with the first name that is not empty. The form with pipes, which stands on
    the links of charts, is no tag. Any text is accepted.
    """
    if "data-code" not in html:
        return ()
    names: dict[tuple[str, str], str] = {}
    for element in elements(html, "//*[@data-code]"):
        match = _CODE.fullmatch(element.get("data-code") or "")
        if match is None:
            continue
        key = (match[1], match[2])
        if not names.get(key):
            names[key] = text_of(element)
    return tuple(Security(market=market, code=code, name=name) for (market, code), name in names.items())
