"""A payload as text that a page can show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from finews.schema.records import Payload
from finews.spiders.decoding import WireError, decoded

LONGEST: Final = 50_000
"""Characters of a payload that a page shows."""


@dataclass(frozen=True, kw_only=True)
class ShownText:
    """The beginning of a payload's text. `cut` where there is more; not `clean` where bytes of it are no text."""

    text: str
    cut: bool
    clean: bool


def shown_text(payload: Payload) -> ShownText:
    """The text of a payload, as its reader would decode it, else with a mark for each byte that is none."""
    try:
        text, clean = decoded(payload.body, payload.content_type), True
    except WireError:
        text, clean = payload.body.decode("utf-8", "replace"), False
    return ShownText(text=text[:LONGEST], cut=len(text) > LONGEST, clean=clean)
