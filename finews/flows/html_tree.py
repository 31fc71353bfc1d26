"""HTML as a tree, for looking things up in it."""

from functools import cache
from typing import cast

from lxml import etree

from finews.schema.plain_text import clean_text, whole_characters

Element = etree._Element  # noqa: SLF001 - lxml has no other name for it


@cache
def _path(xpath: str) -> etree.XPath:
    return etree.XPath(xpath)


def elements(html: str, xpath: str) -> list[Element]:
    """The elements of `html` that `xpath` selects, in document order; none where `html` is no HTML."""
    # A parser of its own each time: one that is shared would not be safe between threads.
    parser = etree.HTMLParser(encoding="utf-8", recover=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(whole_characters(html).encode(), parser)
    except etree.LxmlError:
        return []
    if root is None:
        return []
    return cast(list[Element], _path(xpath)(root))


def text_of(element: Element) -> str:
    """The text of `element` and of all within it, on one line."""
    return clean_text("".join(text for text in element.itertext() if isinstance(text, str)))
