"""The built pages as a reader's browser parses them, and the links between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

_LINKS = {"a": "href", "link": "href", "img": "src", "script": "src", "form": "action", "source": "src"}


@dataclass(frozen=True, kw_only=True)
class BuiltPage:
    """One HTML file; `path` is relative to the built site."""

    path: str
    html: str

    @cached_property
    def tree(self) -> LexborHTMLParser:
        """The page as a tree."""
        return LexborHTMLParser(self.html)

    def all(self, selector: str) -> list[LexborNode]:
        """The elements that match."""
        return self.tree.css(selector)

    def one(self, selector: str) -> LexborNode:
        """The one element that matches."""
        [found] = self.all(selector)
        return found

    def text(self, selector: str) -> str:
        """The text of the one element that matches, to the letter."""
        return self.one(selector).text(deep=True)

    def attribute(self, selector: str, name: str) -> str:
        """An attribute of the one element that matches."""
        return self.one(selector).attributes[name] or ""

    def links(self) -> Iterator[str]:
        """The addresses in the page, but for those in an article's own text, where they are the source's affair."""
        ours = self.all(".prose.filed > p:nth-last-child(-n + 2) a")
        for name, attribute in _LINKS.items():
            for node in self.all(name):
                if (address := node.attributes.get(attribute)) and (node in ours or not _in_prose(node)):
                    yield address


def _in_prose(node: LexborNode) -> bool:
    while node.parent is not None:
        node = node.parent
        if "prose" in (node.attributes.get("class") or "").split():
            return True
    return False


def built_pages(folder: Path) -> dict[str, BuiltPage]:
    """Every page of a built site by its path."""
    paths = (path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*.html")))
    return {path: BuiltPage(path=path, html=(folder / path).read_text(encoding="utf-8")) for path in paths}


def dead_ends(folder: Path, *, host: str, base: str = "") -> list[str]:
    """The links of all pages that lead into the site at `host` + `base` and end nowhere, as `page → address`."""
    pages = built_pages(folder)
    return [
        f"{page.path} → {address}"
        for page in pages.values()
        for address in page.links()
        if not leads_somewhere(address, page.path, folder, pages, host=host, base=base)
    ]


def leads_somewhere(
    address: str, path: str, folder: Path, pages: dict[str, BuiltPage], *, host: str, base: str = ""
) -> bool:
    """Whether a link on the page at `path` leaves the site or ends at a file of it, and there at the named place."""
    whole, place = urldefrag(urljoin(f"https://{host}{base}/{path}", address))
    parts = urlsplit(whole)
    if parts.netloc != host:
        return True
    name = unquote(parts.path)
    if not name.startswith(f"{base}/"):
        return False
    name = name.removeprefix(f"{base}/")
    if not name or name.endswith("/"):
        name += "index.html"
    if not (folder / name).is_file():
        return False
    return not place or any(node.attributes["id"] == place for node in pages[name].all("[id]"))
