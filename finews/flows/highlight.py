"""Where the words that somebody looked for stand in a text, in the text's own spelling."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from finews.flows.search_text import folded

Piece = tuple[str, bool]
"""A part of a text, and whether it is one of the words."""
_BEFORE: Final = 40
_LONGEST: Final = 160


def pieces(text: str, words: Sequence[str]) -> list[Piece]:
    """`text` in parts, those apart that are one of the folded `words`."""
    marked = _marked(text, words)
    found: list[Piece] = []
    start = 0
    for begin, end in marked:
        if begin > start:
            found.append((text[start:begin], False))
        found.append((text[begin:end], True))
        start = end
    if start < len(text) or not found:
        found.append((text[start:], False))
    return found


def excerpt(text: str, words: Sequence[str]) -> list[Piece]:
    """Some 160 characters of `text`, from shortly before the first of the words, in parts as `pieces` gives them.

    Empty where none of the words is in it.
    """
    marked = _marked(text, words)
    if not marked:
        return []
    start = max(0, marked[0][0] - _BEFORE)
    end = min(len(text), max(start + _LONGEST, marked[0][1]))
    found = pieces(text[start:end], words)
    if start:
        found.insert(0, ("…", False))
    if end < len(text):
        found.append(("…", False))
    return found


def _marked(text: str, words: Sequence[str]) -> list[tuple[int, int]]:
    """(begin, end) of the words in `text`, in order, where they overlap as one."""
    spelled: list[str] = []
    origin: list[int] = []
    for place, character in enumerate(text):
        plain = _plain(character)
        spelled.append(plain)
        origin += [place] * len(plain)
    plain_text = "".join(spelled)
    spans: list[tuple[int, int]] = []
    for word in words:
        at = plain_text.find(word)
        while at >= 0:
            spans.append((origin[at], origin[at + len(word) - 1] + 1))
            at = plain_text.find(word, at + len(word))
    joined: list[tuple[int, int]] = []
    for begin, end in sorted(spans):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return joined


@lru_cache(maxsize=20_000)
def _plain(character: str) -> str:
    return (
        " " if character.isspace() else folded(character) or unicodedata.normalize("NFKC", character).strip()
    )
