"""HTML as a tree, and what is asked of it."""

from __future__ import annotations

from html import escape
from typing import Final

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring, tostring

_FEW: Final = 50
_FILLED: Final = ".//img | .//table | .//video"


def document(text: str) -> HtmlElement | None:
    """The tree of an HTML text, None where there is not one element in it."""
    # Bytes, because lxml refuses a text that declares an encoding; libxml2 ends a document at a NUL.
    raw = text.replace("\x00", "�").encode("utf-8", "replace")
    try:
        return document_fromstring(raw, parser=HTMLParser(encoding="utf-8", huge_tree=True))
    except (etree.LxmlError, ValueError):
        return None


def content_of(root: HtmlElement) -> HtmlElement | None:
    """The first `#ContentBody` that holds text, an image, a table or a video."""
    for found in elements(root, "//*[@id='ContentBody']"):
        if _text(found).strip() or elements(found, _FILLED):
            return found
    return None


def inner_html(element: HtmlElement) -> str:
    """What stands between an element's tags, written as HTML."""
    children = (tostring(child, encoding="unicode") for child in element)
    return escape(element.text or "", quote=False) + "".join(children)


def empty(root: HtmlElement, content: HtmlElement) -> None:
    """Leaves only what stands around `content`, without scripts and styles."""
    content.clear()
    etree.strip_elements(root, "script", "style", with_tail=False)


def elements(element: HtmlElement, path: str) -> list[HtmlElement]:
    """The first elements that an XPath leads to."""
    found = element.xpath(path)
    # Nested elements hold the same text over and over, and nothing that is looked for comes late.
    few = found[:_FEW] if isinstance(found, list) else []
    return [each for each in few if isinstance(each, HtmlElement)]


def texts(element: HtmlElement, path: str) -> list[str]:
    """Their texts, without blank ones."""
    return [text for each in elements(element, path) if (text := _text(each)).strip()]


def strings(element: HtmlElement, path: str) -> list[str]:
    """The attributes or pieces of text that an XPath leads to, without blank ones."""
    found = element.xpath(path)
    return [text for each in found if (text := str(each)).strip()] if isinstance(found, list) else []


def lines(element: HtmlElement) -> str:
    """All text of an element, each piece on a line of its own."""
    return "\n".join(strings(element, ".//text()"))


def _text(element: HtmlElement) -> str:
    # Unlike itertext() this leaves comments out.
    return str(element.xpath("string()"))
