"""HTML as tokens, for HTML whose spelling leaves no room for two readings."""

import re
from html import unescape
from html.entities import html5

VOID = frozenset({"area", "br", "col", "hr", "img", "wbr"})
"""Elements without an end tag."""

Token = str | tuple[str, dict[str, str]]
"""Text; an end tag as `("/name", {})`; or a start tag as `(name, attributes)`."""

_NAME = r"[a-z][a-z0-9]*+"
_ATTRIBUTE = r"""[a-z][a-z0-9_-]*+(?:=(?:"[^"<>]*+"|'[^'<>]*+'|[A-Za-z0-9_]++(?=[\s/>])))?+"""
_PIECE = re.compile(
    rf"(([^<]++)|<(/?)({_NAME})((?:[ \t\n]++{_ATTRIBUTE})*+)[ \t\n]*+(/?)>"
    r"|<!--[^<>-]*+(?:-[^<>-]++)*+-->)"
)
_ATTRIBUTE_PARTS = re.compile(r"""([a-z][a-z0-9_-]*+)(?:=(?:"([^"]*+)"|'([^']*+)'|([A-Za-z0-9_]++)))?+""")
_REFERENCE = re.compile(r"&(#[0-9]++;|#x[0-9a-fA-F]++;|[A-Za-z0-9]++;)")
_AMPERSAND = re.compile(r"&(#?)([A-Za-z0-9]*+)(=|;)?")
_UNENDED = frozenset(name for name in html5 if not name.endswith(";"))
_LONGEST_UNENDED = max(map(len, _UNENDED))


def _resolve(reference: re.Match[str]) -> str:
    body = reference[1]
    if body[0] == "#":
        return unescape(reference[0])
    return html5.get(body, reference[0])


def _two_readings(text: str, *, attribute: bool) -> bool:
    # A reference without its semicolon is one to a browser, but plain text to Markdown.
    for hash_sign, name, after in _AMPERSAND.findall(text):
        if hash_sign:
            if after != ";" or name.startswith("X"):
                return True
        elif after == ";" and f"{name};" in html5:
            continue
        elif attribute:
            if name in _UNENDED and after != "=":
                return True
        elif any(name[:length] in _UNENDED for length in range(2, _LONGEST_UNENDED + 1)):
            return True
    return False


def _decoded(text: str, *, attribute: bool) -> str | None:
    if "&" not in text:
        return text
    if _two_readings(text, attribute=attribute):
        return None
    return _REFERENCE.sub(_resolve, text)


def _attributes(source: str) -> dict[str, str] | None:
    attributes: dict[str, str] = {}
    for name, double, single, bare in _ATTRIBUTE_PARTS.findall(source):
        value = _decoded(double or single or bare, attribute=True)
        if value is None or name in attributes:
            return None
        attributes[name] = value
    return attributes


def _pieces(html: str) -> list[tuple[str, str, str, str, str, str]] | None:
    pieces = _PIECE.findall(html)
    return pieces if sum(len(piece[0]) for piece in pieces) == len(html) else None


def tokens(html: str) -> list[Token] | None:
    """The tokens of `html`, references resolved; `None` where any of it is not spelled strictly.

    Strict is: lower-case names, no repeated attribute, no comment, no `<` or `>` but those of tags, and
    no `&` that a browser and Markdown would read differently.
    """
    pieces = _pieces(html)
    if pieces is None:
        return None
    result: list[Token] = []
    for whole, text, end, name, attributes, closed in pieces:
        if text:
            decoded = _decoded(text, attribute=False)
            if decoded is None:
                return None
            result.append(decoded)
        elif (
            not name or (closed and name not in VOID) or (end and (attributes or closed or whole[-2] == " "))
        ):
            return None
        elif end:
            result.append((f"/{name}", {}))
        elif attributes:
            values = _attributes(attributes)
            if values is None:
                return None
            result.append((name, values))
        else:
            result.append((name, {}))
    return result


def without_comments(html: str) -> str:
    """`html` without its comments where all of it is spelled strictly; else `html` as it is."""
    pieces = _pieces(html)
    if pieces is None:
        return html
    return "".join(piece[0] for piece in pieces if not piece[0].startswith("<!--"))
