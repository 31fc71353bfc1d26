"""One site of more than five hundred posts, built once: what the tests of pages and browser look at."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from finews.flows.category_pages import category_pages
from finews.flows.publish import post_text
from finews.flows.site_scaffold import lay_scaffold
from finews.schema.records import PostRow
from finews.schema.settings import Settings
from tests.site.jekyll import build
from tests.site.pages import BuiltPage, built_pages
from tests.site.serving import serving
from tests.site.stock import rows
from tests.site.visits import launch

HOST = "site.example"
ARCHIVED = 60

OWNERS = {
    "_posts/2021-12-01-init.md": "---\nlayout: post\ntitle: 开站\ndate: 2021-12-01 10:00:00\n---\n\n第一篇。\n",
    "_posts/2021-12-02-note.md": (
        "---\nlayout: post\ntitle: 随笔\ncategories: [a/b, no-page]\ntags: [随笔, 杂谈]\n---\n\n# 标题\n\n正文。\n"
    ),
    "old_post/2020-01-01-older.md": "---\nlayout: post\ntitle: 更早\ndate: 2020-01-01\n---\n\n正文。\n",
    "about.md": "---\nlayout: default\ntitle: 关于\n---\n\n# 关于\n\n本站。\n",
}
"""What an owner may have in the site beside what finews writes."""


@dataclass(frozen=True, kw_only=True)
class BuiltSite:
    """A built site: the folder of its pages, and the rows whose posts are live or in the archive."""

    folder: Path
    live: list[PostRow]
    archived: list[PostRow]

    @cached_property
    def pages(self) -> dict[str, BuiltPage]:
        """Every page by its path."""
        return built_pages(self.folder)

    def page(self, row: PostRow) -> BuiltPage:
        """The one page of a row's post."""
        name = row.path.removeprefix("_posts/").removesuffix(".md")
        archived = f"old_post/{name}.html"
        [path] = [archived] if archived in self.pages else self._by_code[name[11:]]
        return self.pages[path]

    @cached_property
    def _by_code(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for path in self.pages:
            found.setdefault(path.rpartition("/")[2].removesuffix(".html"), []).append(path)
        return found


def lay_site(settings: Settings, live: Iterable[PostRow], archived: Iterable[PostRow] = ()) -> None:
    """A site folder as publish brings it about: scaffold, category pages, posts."""
    lay_scaffold(settings)
    posts = {row.path: row for row in live} | {
        row.path.replace("_posts", "old_post"): row for row in archived
    }
    media = {row.category: row.media for row in posts.values() if not row.rolling}
    category_pages(settings.site, media)
    for path, row in posts.items():
        put(settings.site / path, post_text(row, settings))


def put(path: Path, text: str) -> None:
    """A file with its folders, its text to the byte."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> BuiltSite:
    """The site of the proofs."""
    settings = Settings(site_dir=tmp_path_factory.mktemp("newsroom") / "site", site_host=HOST)
    by_time = sorted(rows(), key=lambda row: (row.moment, row.path), reverse=True)
    live, archived = by_time[:-ARCHIVED], by_time[-ARCHIVED:]
    lay_site(settings, live, archived)
    for path, text in OWNERS.items():
        put(settings.site / path, text)
    return BuiltSite(folder=build(settings.site), live=live, archived=archived)


@pytest.fixture(scope="session")
def address(built: BuiltSite) -> Iterator[str]:
    """Where the built site is served, without a slash at the end."""
    with serving(built.folder) as base:
        yield base


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all of these tests: while it is there, its event loop is in the way of everybody else's."""
    with sync_playwright() as playwright:
        running = launch(playwright)
        yield running
        running.close()


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where pictures of the pages go: FINEWS_TEST_PICTURES where somebody wants to see them."""
    folder = Path(os.environ.get("FINEWS_TEST_PICTURES") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
