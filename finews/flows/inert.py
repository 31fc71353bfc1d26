"""HTML that a Markdown processor leaves alone."""

import re

from finews.flows.markdown_text import markdown_text
from finews.flows.markup import VOID

_BLOCKS = frozenset(
    "address article aside blockquote center div dl figure footer h1 h2 h3 h4 h5 h6 header hr main nav ol p pre"
    " section table ul".split()
)
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*+)[^<>]*+>")
# Four blanks or a tab before a tag would make a code block of it.
_GAP = r"(?:[ \t\r\n]*[\r\n])? {0,3}"
_BEFORE_BLOCK = re.compile(_GAP)
_BLANK = re.compile(r"[ \t\r\n]*")
_PARAGRAPHS = re.compile(rf"(?:{_GAP}<p(?: [^<>]*+)?>[^<]*+(?:<(?!/?p[ >])[^<]*+)*+</p>)++[ \t\r\n]*+")


def _run_of_blocks(html: str) -> bool:
    if _PARAGRAPHS.fullmatch(html):
        return True
    depth = last = 0
    for tag in _TAG.finditer(html):
        end, name = tag.groups()
        if end:
            depth -= 1
        elif depth == 0 and (name not in _BLOCKS or not _BEFORE_BLOCK.fullmatch(html, last, tag.start())):
            return False
        elif name not in VOID:
            depth += 1
        if depth == 0:
            last = tag.end()
    return depth == 0 and _BLANK.fullmatch(html, last) is not None


def _plain_line(html: str) -> bool:
    return "<" not in html and "&" not in html and markdown_text(html) == html


def inert(html: str) -> str:
    """Sanitised `html` in a form of which Markdown shows what a browser would show of it.

    Kramdown takes a block element at the start of a line for raw HTML, up to its end tag, and everything
    between blocks for Markdown. A plain run of blocks is therefore left as it is, and so is a line of text
    in which Markdown finds nothing (as the first rolling news were); anything else is put into one `div`,
    its bytes unchanged.
    """
    if _run_of_blocks(html) or _plain_line(html):
        return html
    return f"<div>{html}</div>"
