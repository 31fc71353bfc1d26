"""The pages `category/<slug>.html`, to which the last line of every post leads back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from finews.flows.category import RESERVED
from finews.flows.front_matter import quoted
from finews.flows.site_file import remove_abandoned, replace_file, sync_folder, unwritable

FOLDER = "category"
_MARKER = "made_by: finews"
_HIDDEN = (".", "_")
"""Jekyll passes over files whose names begin so."""


@dataclass(frozen=True, kw_only=True)
class CategoryPages:
    """Pages written, found as they should be, removed, and left to their owner."""

    written: int = 0
    unchanged: int = 0
    removed: int = 0
    kept: int = 0


def category_page(slug: str, media: str) -> str:
    """The text of the page of a media name: front matter for the layout `category`, which lists the posts."""
    # In an address that a page is given Jekyll takes `..` for a folder; escaped it is part of a name.
    name = slug.replace(".", "%2E") if ".." in f"{slug}.html" else slug
    return (
        "---\n"
        "layout: category\n"
        f"title: {quoted(f'{media}新闻')}\n"
        f"description: {quoted(f'{media}的近期新闻，最新的在前。')}\n"
        f"category: {quoted(slug)}\n"
        f"permalink: {quoted(f'/{FOLDER}/{name}.html')}\n"
        f"{_MARKER} # without this line the page is yours\n"
        "---\n"
    )


def category_path(slug: str) -> str:
    """Where that page lies, relative to the site. Its address is always `/category/<slug>.html`."""
    # No slug begins with `-`: such a page has its name for itself.
    return f"{FOLDER}/{'-' if slug.startswith(_HIDDEN) else ''}{slug}.html"


def category_pages(site: Path, media: Mapping[str, str]) -> CategoryPages:
    """Brings the folder `category` in line with `media`, slug → media name, and writes nothing that is right.

    A page of ours whose slug is not among them is removed. An owner's file is left alone, also where a page of
    ours would lie: ours are those whose front matter says so. The slugs of pages that the scaffold has itself are
    passed over. Two callers that have read `media` at different times undo each other's work: it is for the caller
    to call one at a time. Raises SiteUnwritableError.
    """
    wanted = {
        category_path(slug): category_page(slug, name).encode()
        for slug, name in media.items()
        if slug not in RESERVED
    }
    try:
        return _bring_in_line(site, wanted)
    except OSError as error:
        raise unwritable(site, error) from error


def _bring_in_line(site: Path, wanted: Mapping[str, bytes]) -> CategoryPages:
    folder = site / FOLDER
    if wanted:
        folder.mkdir(parents=True, exist_ok=True)
    elif not folder.is_dir():
        return CategoryPages()
    swept = remove_abandoned(folder)
    written = removed = kept = 0
    for path, content in wanted.items():
        there = _on_disk(site / path)
        if there == content:
            continue
        if there is None or _is_ours(there):
            replace_file(site / path, content)
            written += 1
        else:
            kept += 1
    for file in folder.glob("*.html"):
        if f"{FOLDER}/{file.name}" not in wanted and _is_ours(_on_disk(file) or b""):
            file.unlink(missing_ok=True)
            removed += 1
    if written or removed or swept:
        sync_folder(folder)
    return CategoryPages(written=written, unchanged=len(wanted) - written - kept, removed=removed, kept=kept)


def _on_disk(path: Path) -> bytes | None:
    """What is there; None for nothing, and nothing for a folder or a link, which are an owner's."""
    if path.is_symlink() or path.is_dir():
        return b""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _is_ours(content: bytes) -> bool:
    front, end, _ = content.partition(b"\n---\n")
    lines = (line.partition(b"#")[0].strip() for line in front.split(b"\n"))
    return bool(end) and content.startswith(b"---\n") and _MARKER.encode() in lines
