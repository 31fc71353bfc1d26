"""A bound on how deep HTML may nest, so that parsing and building a page take linear time."""

import re
from collections import Counter

from finews.flows.markup import VOID

DEEPEST = 100
"""Elements within one another; the site generator's parser gives up at some two thousand."""

_MOST_FORMATTING = 16
_FORMATTING = frozenset("a b big code em font i nobr s small strike strong tt u".split())
_RAW = frozenset("script style xmp iframe noembed noframes noscript plaintext textarea title".split())
_BLOCKS = frozenset(
    "address article aside blockquote center details dir div dl fieldset figcaption figure footer form h1 h2 h3"
    " h4 h5 h6 header hr li dd dt main menu nav ol p pre section summary table ul".split()
)
_CELLS = frozenset({"table", "td", "th", "caption"})
_TABLE_PARTS = frozenset("table caption colgroup thead tbody tfoot tr td th".split())
_PIECE = re.compile(
    r"[^<]++|<!--.*?(?:-->|\Z)|<[!?][^>]*+>?|<(/?)([a-zA-Z][a-zA-Z0-9:-]*+)((?:[\s/][^<>]*+)?+)>|<", re.DOTALL
)
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*+)[^<>]*+>")
# Attributes whose quotes are in order, so that the tag ends where it seems to.
_SOUND = re.compile(
    r"""(?:[\s/]++[^\s"'<>/=]++(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s"'<>=`/]++(?=[\s/]|\Z)))?+)*+[\s/]*+"""
)
_RAW_END = {name: re.compile(rf"</{name}[^<>]*+>|\Z", re.IGNORECASE) for name in _RAW}

# What a start tag closes when its end tag was left out, and where the search for it ends.
_IMPLIED = {
    "li": (frozenset({"li"}), _CELLS | {"ul", "ol", "menu", "dir"}),
    **dict.fromkeys(("dd", "dt"), (frozenset({"dd", "dt"}), _CELLS | {"dl"})),
    **dict.fromkeys(("td", "th"), (frozenset({"td", "th"}), frozenset({"table"}))),
    "tr": (frozenset({"tr"}), frozenset({"table"})),
    **dict.fromkeys(
        ("thead", "tbody", "tfoot"), (frozenset({"thead", "tbody", "tfoot"}), frozenset({"table"}))
    ),
}


def depth(html: str) -> int:
    """How many elements of `html` stand within one another at most; `html` must be balanced."""
    level = deepest = 0
    for end, name in _TAG.findall(html):
        if name in VOID:
            continue
        level += -1 if end else 1
        deepest = max(deepest, level)
    return deepest


class _Writer:
    """Open elements and what was written so far; no more elements are open than are allowed."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self._open: list[str] = []
        self._formatting = 0
        self._left_out: Counter[str] = Counter()

    def _close(self, wanted: frozenset[str], boundary: frozenset[str]) -> bool:
        for index in range(len(self._open) - 1, -1, -1):
            if self._open[index] in wanted:
                break
            if self._open[index] in boundary:
                return False
        else:
            return False
        for name in reversed(self._open[index:]):
            self.out.append(f"</{name}>")
            self._formatting -= name in _FORMATTING
        del self._open[index:]
        return True

    def start(self, name: str, source: str) -> None:
        if name in VOID:
            self.out.append(source)
            return
        if name in _BLOCKS:
            self._close(frozenset({"p"}), _CELLS)
        if name in _IMPLIED:
            self._close(*_IMPLIED[name])
        formatting = name in _FORMATTING
        if len(self._open) >= DEEPEST - 5 or (formatting and self._formatting >= _MOST_FORMATTING):
            self._left_out[name] += 1
            return
        self._formatting += formatting
        self._open.append(name)
        self.out.append(source)

    def end(self, name: str) -> None:
        if self._left_out[name]:
            self._left_out[name] -= 1
        else:
            self._close(frozenset({name}), frozenset() if name in _TABLE_PARTS else _CELLS)

    def finish(self) -> str:
        self.out.extend(f"</{name}>" for name in reversed(self._open))
        return "".join(self.out)


def limit_nesting(html: str) -> str:
    """`html`, of any quality, as balanced tags that nest no deeper than allowed.

    Balanced HTML within the bound comes back as it is. Beyond it, tags are left out and their content
    stays. Comments and the content of scripts and the like are dropped on the way.
    """
    writer = _Writer()
    position = 0
    while piece := _PIECE.match(html, position):
        position = piece.end()
        source, name = piece[0], (piece[2] or "").lower()
        if source[0] != "<":
            writer.out.append(source)
        elif source == "<":
            writer.out.append("&lt;")
        elif not name:
            continue
        elif piece[1]:
            writer.end(name)
        elif name in _RAW:
            closing = _RAW_END[name].search(html, position)
            position = closing.end() if closing else len(html)
        else:
            writer.start(name, source if _SOUND.fullmatch(piece[3]) else f"<{name}>")
    return writer.finish()
