"""Which declarations of a `style` attribute may stay."""

import re
from functools import lru_cache

_EDGES = ("top", "right", "bottom", "left")
PROPERTIES = frozenset(
    {
        *("text-align", "text-indent", "text-decoration", "vertical-align", "line-height"),
        *("font-family", "font-size", "font-style", "font-weight", "color", "background-color"),
        *("width", "height", "max-width", "overflow", "display"),
        *("margin", *(f"margin-{edge}" for edge in _EDGES)),
        *("padding", *(f"padding-{edge}" for edge in _EDGES)),
        *("border", "border-collapse", "border-color", "border-style", "border-width"),
        *(f"border-{edge}" for edge in _EDGES),
    }
)
"""Properties that set type and boxes in their place; none moves, covers or fetches anything."""

_VALUE = re.compile(r"(?:[\w\s#.%,+!-]|rgba?\([\d\s.,%/]*\))+")
_DISPLAY = re.compile(r"none|block|inline|inline-block|table|table-row|table-cell|list-item")
_NEGATIVE = re.compile(r"-\s*[\d.]")
_LONGEST = 2000


def _harmless(declaration: str) -> bool:
    name, colon, value = declaration.partition(":")
    name, value = name.strip().lower(), value.strip()
    if not colon or name not in PROPERTIES or not _VALUE.fullmatch(value):
        return False
    if name == "display":
        return _DISPLAY.fullmatch(value.lower()) is not None
    # A negative margin would draw the article over its neighbours.
    return not (name.startswith("margin") and _NEGATIVE.search(value))


@lru_cache(maxsize=4096)
def harmless_style(style: str) -> str | None:
    """The value of a `style` attribute without what is not harmless; `None` when nothing is left.

    A value that is harmless throughout comes back as it is, whatever its spacing.
    """
    if len(style) > _LONGEST:
        return None
    declarations = [each for each in style.split(";") if each.strip()]
    kept = [each for each in declarations if _harmless(each)]
    if len(kept) == len(declarations):
        return style
    return ";".join(each.strip() for each in kept) or None
