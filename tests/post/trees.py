"""HTML as a browser's parser reads it, to compare and to search."""

import re
from collections.abc import Iterator
from typing import Any

from selectolax.lexbor import LexborHTMLParser

Node = str | tuple[str, tuple[tuple[str, str], ...], list["Node"]]  # type: ignore[misc, unused-ignore]

_EXECUTABLE = frozenset(
    "script style iframe frame frameset object embed applet form input button select option textarea svg math link"
    " meta base template noscript video audio source".split()
)
_ADDRESS = re.compile(r"[\x00-\x20]*(?:javascript|vbscript|data)[\x00-\x20]*:", re.IGNORECASE)


def _children(node: Any) -> list[Any]:
    found: list[Any] = []
    for child in node.iter(include_text=True, skip_empty=False):
        if child.tag == "-text":
            text = child.text(deep=False) or child.text_content or ""
            if found and isinstance(found[-1], str):
                found[-1] += text
            else:
                found.append(text)
        else:
            attributes = tuple(sorted((name, value or "") for name, value in child.attributes.items()))
            found.append((child.tag, attributes, _children(child)))
    return found


def tree(html: str) -> list[Any]:
    """The children of the body: text, or (name, attributes, children)."""
    body = LexborHTMLParser(f"<!doctype html><body>{html}").body
    assert body is not None
    return _children(body)


def blocks(html: str) -> list[Any]:
    """The tree of `html` without the white space between its outermost elements."""
    return [node for node in tree(html) if not (isinstance(node, str) and not node.strip(" \t\r\n\f"))]


def text_of(nodes: list[Any]) -> str:
    """All text within `nodes`."""
    return "".join(node if isinstance(node, str) else text_of(node[2]) for node in nodes)


def executables(nodes: list[Any]) -> Iterator[str]:
    """What in `nodes` a browser would run, fetch into a frame, or submit."""
    for node in nodes:
        if isinstance(node, str):
            continue
        name, attributes, children = node
        if name in _EXECUTABLE or name.startswith(("-", "!")):
            yield name
        for attribute, value in attributes:
            if attribute.startswith("on") or attribute in ("srcdoc", "formaction", "action", "background"):
                yield f"{name} {attribute}"
            if attribute in ("href", "src", "cite", "xlink:href") and _ADDRESS.match(value):
                yield f"{name} {attribute}={value}"
            if attribute == "style" and re.search(r"url|expression|@|\\|behavio|binding|position", value):
                yield f"{name} style={value}"
        yield from executables(children)
