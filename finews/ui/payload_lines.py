"""A stranger's bytes as lines of text that are safe to look at: nothing acts, nothing hides, nothing is endless."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from finews.schema.plain_text import whole_characters
from finews.schema.records import Payload
from finews.spiders.decoding import WireError, decoded

MOST: Final = 20_000
"""Characters that are shown."""
_LINES: Final = 500
# Controls, marks that turn the direction of writing, and what has no width would show something else than is there.
_HIDDEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]"
)


@dataclass(frozen=True, kw_only=True)
class Lines:
    """The beginning of a payload: its lines, whether that is not all, and whether JSON was laid out for reading.

    `guess` is an encoding nobody has declared, in which bytes that could not be read make sense.
    """

    lines: Sequence[str]
    cut: bool
    laid_out: bool
    guess: str = ""


def lines_of(payload: Payload, *, as_it_came: bool = False, guessing: bool = False) -> Lines:
    """A payload as lines; JSON is laid out, one value a line, unless it is wanted as it came.

    With `guessing`, what cannot be read as it was declared is read as is guessed.
    """
    text, guess = _text(payload, guessing=guessing)
    laid = None if as_it_came else _laid_out(text)
    whole = text if laid is None else laid
    lines = whole[:MOST].split("\n")
    return Lines(
        lines=[plainly(line.removesuffix("\r")) for line in lines[:_LINES]],
        cut=len(whole) > MOST or len(lines) > _LINES,
        laid_out=laid is not None,
        guess=guess,
    )


def plainly(text: str) -> str:
    """A stranger's text with what would hide or turn something round made visible."""
    return _HIDDEN.sub(_shown, text)


def _text(payload: Payload, *, guessing: bool) -> tuple[str, str]:
    """The text, and the encoding in which it could be read though nobody has declared it."""
    try:
        return decoded(payload.body, payload.content_type), ""
    except WireError:
        text = payload.body.decode("utf-8", "replace")
    try:
        guessed = payload.body.decode("gb18030")
    except UnicodeDecodeError:
        return text, ""
    return guessed if guessing else text, "GB18030"


def _laid_out(text: str) -> str | None:
    try:
        value = json.loads(text)
        if not isinstance(value, dict | list):
            return None
        return whole_characters(json.dumps(value, ensure_ascii=False, indent=2))
    except (ValueError, RecursionError):
        return None


def _shown(match: re.Match[str]) -> str:
    return f"⟨U+{ord(match[0]):04X}⟩"
