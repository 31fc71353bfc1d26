"""What was changed in a text, as somebody who reads Chinese sees it: sentences first, characters within them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, Literal

from finews.flows.visible_text import visible_text

Kind = Literal["same", "gone", "new"]

_BLOCK: Final = re.compile(
    r"</(?:p|div|li|tr|h[1-6]|blockquote|table|section|article)\s*>|<br\b[^<>]*>", re.IGNORECASE
)
_SENTENCE: Final = re.compile(r"[^。！？；!?;\n]*[。！？；!?;\n]+|[^。！？；!?;\n]+")
_TOKEN: Final = re.compile(r"[A-Za-z]+|[0-9]+(?:[.,][0-9]+)*%?|\s+|.", re.DOTALL)
_MOST_SENTENCES: Final = 2000
_MOST_TOKENS: Final = 1500
"""Beyond these nobody reads each change, and comparing would take seconds: the whole is shown as replaced."""
_APART: Final = 2
"""So few characters that stayed between two changes are no landmark, and shown as changed."""
_AROUND: Final = 60
"""Characters of what stayed that are shown beside a change."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """A part of two texts: in both, only in the old one, only in the new one."""

    kind: Kind
    text: str


def readable_text(html: str) -> str:
    """What a reader sees of HTML, a line for each paragraph, cell row or list item."""
    lines = (visible_text(part) for part in _BLOCK.split(html))
    return "\n".join(line for line in lines if line)


def changes(old: str, new: str) -> list[Change]:
    """The way from one text to another; what is the same in both comes as whole stretches."""
    before, after = _SENTENCE.findall(old), _SENTENCE.findall(new)
    if max(len(before), len(after)) > _MOST_SENTENCES:
        return _joined(_replaced(old, new)) if old != new else _joined([Change(kind="same", text=old)])
    return _joined(_of_sentences(before, after))


def shortened(found: Sequence[Change]) -> list[Change]:
    """The same with long stretches that stayed cut to what stands beside a change; `…` marks where."""
    shown = []
    for place, each in enumerate(found):
        text = each.text
        if each.kind == "same":
            first, last = place == 0, place == len(found) - 1
            if first and not last and len(text) > _AROUND:
                text = "…" + text[-_AROUND:]
            elif last and not first and len(text) > _AROUND:
                text = text[:_AROUND] + "…"
            elif len(text) > 2 * _AROUND:
                text = text[:_AROUND] + " … " + text[-_AROUND:]
        shown.append(Change(kind=each.kind, text=text))
    return shown


def _of_sentences(before: list[str], after: list[str]) -> Iterator[Change]:
    for tag, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        old, new = "".join(before[i:j]), "".join(after[k:m])
        if tag == "equal":
            yield Change(kind="same", text=old)
        else:
            yield from _of_characters(old, new)


def _of_characters(old: str, new: str) -> Iterator[Change]:
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    if not before or not after or max(len(before), len(after)) > _MOST_TOKENS:
        yield from _replaced(old, new)
        return
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    if matcher.ratio() < 0.3:
        # Two sentences that share a few characters by chance would read as rubble.
        yield from _replaced(old, new)
        return
    for tag, i, j, k, m in matcher.get_opcodes():
        if (tag == "equal" and j - i >= _APART) or (tag == "equal" and (i == 0 or j == len(before))):
            yield Change(kind="same", text="".join(before[i:j]))
        else:
            yield from _replaced("".join(before[i:j]), "".join(after[k:m]))


def _replaced(old: str, new: str) -> Iterator[Change]:
    if old:
        yield Change(kind="gone", text=old)
    if new:
        yield Change(kind="new", text=new)


def _joined(found: Iterator[Change] | list[Change]) -> list[Change]:
    """Neighbours of one kind as one; within a stretch of changes all that is gone comes before all that is new."""
    joined: list[Change] = []
    gone, new, same = "", "", ""

    def close() -> None:
        nonlocal gone, new
        joined.extend(_replaced(gone, new))
        gone = new = ""

    for each in found:
        if each.kind == "same":
            close()
            same += each.text
            continue
        if same:
            joined.append(Change(kind="same", text=same))
            same = ""
        gone += each.text if each.kind == "gone" else ""
        new += each.text if each.kind == "new" else ""
    close()
    if same:
        joined.append(Change(kind="same", text=same))
    return joined
