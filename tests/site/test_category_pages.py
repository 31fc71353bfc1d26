"""The folder `category` is brought in line with the media names, and an owner's files in it are left alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from finews.flows.category import slug
from finews.flows.category_pages import CategoryPages, category_page, category_pages, category_path
from finews.schema.errors import SiteUnwritableError
from finews.schema.plain_text import clean_text
from tests.site.stock import AWKWARD

MEDIA = {"shamenwanbao": "厦门晚报", "Market-Daily-(-)": "Market Daily (中文版)", "a.b_c": "a.b_c"}


def front_matter(text: str) -> dict[str, str]:
    """The front matter, which is all that a page has."""
    before, inside, after = text.split("---\n")
    assert (before, after) == ("", "")
    loaded: dict[str, str] = yaml.safe_load(inside)
    return loaded


@pytest.mark.parametrize("media", [*MEDIA.values(), *AWKWARD])
def test_a_page_says_its_name_to_the_letter(media: str) -> None:
    name = slug(media)
    told = front_matter(category_page(name, media))
    assert told == {
        "layout": "category",
        "title": f"{media}新闻",
        "description": f"{media}的近期新闻，最新的在前。",
        "category": name,
        "permalink": told["permalink"],
        "made_by": "finews",
    }
    assert told["permalink"].replace("%2E", ".") == f"/category/{name}.html"
    assert ".." not in told["permalink"]


@given(st.text(min_size=1).map(clean_text).filter(bool))
def test_any_name_is_safe_in_front_matter(media: str) -> None:
    assert front_matter(category_page(slug(media), media))["title"] == f"{media}新闻"


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("shamenwanbao", "category/shamenwanbao.html"),
        (".net", "category/-.net.html"),
        ("_x", "category/-_x.html"),
        ("(x)", "category/(x).html"),
    ],
)
def test_jekyll_sees_the_file_of_every_slug(name: str, path: str) -> None:
    assert category_path(name) == path


def test_the_folder_follows_the_names(tmp_path: Path) -> None:
    assert category_pages(tmp_path, {}) == CategoryPages()
    assert not (tmp_path / "category").exists()
    assert category_pages(tmp_path, MEDIA) == CategoryPages(written=3)
    for name, media in MEDIA.items():
        assert (tmp_path / category_path(name)).read_bytes() == category_page(name, media).encode()
    fewer = {"shamenwanbao": "厦门晚报", "a.b_c": "改名"}
    assert category_pages(tmp_path, fewer) == CategoryPages(written=1, unchanged=1, removed=1)
    assert {path.name for path in (tmp_path / "category").iterdir()} == {"shamenwanbao.html", "a.b_c.html"}
    assert category_pages(tmp_path, {}) == CategoryPages(removed=2)


def test_what_is_right_is_not_touched(tmp_path: Path) -> None:
    category_pages(tmp_path, MEDIA)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "category").iterdir()}
    folder = (tmp_path / "category").stat().st_mtime_ns
    assert category_pages(tmp_path, MEDIA) == CategoryPages(unchanged=3)
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "category").iterdir()} == before
    assert (tmp_path / "category").stat().st_mtime_ns == folder


def test_an_owners_files_are_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "category"
    category_pages(tmp_path, MEDIA)
    ours = (folder / "shamenwanbao.html").read_text(encoding="utf-8")
    own = {
        "shamenwanbao.html": ours.replace("made_by: finews # without this line the page is yours\n", ""),
        "mine.html": "<p>made_by: finews</p>",
        "body.html": "---\ntitle: x\n---\nmade_by: finews\n---\n",
        "open.html": "---\nmade_by: finews\n",
        "notes.md": ours,
        "empty.html": "",
    }
    for name, text in own.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "folder.html").mkdir()
    (folder / "link.html").symlink_to("a.b_c.html")
    with_own = {**MEDIA, "folder": "x", "link": "x", "empty": "x"}
    assert category_pages(tmp_path, with_own) == CategoryPages(unchanged=2, kept=4)
    assert category_pages(tmp_path, {}) == CategoryPages(removed=2)
    left = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir() if path.is_file()}
    assert left == own
    assert (folder / "link.html").is_symlink()


def test_the_scaffolds_own_category_is_passed_over(tmp_path: Path) -> None:
    assert category_pages(tmp_path, {"emnews": ""}) == CategoryPages()


def test_what_was_left_half_written_goes(tmp_path: Path) -> None:
    category_pages(tmp_path, MEDIA)
    left = tmp_path / "category" / ".finews-00000000-1-x.html"
    left.touch()
    category_pages(tmp_path, MEDIA)
    assert left.exists(), "it may be another machine's, at work"
    os.utime(left, (0, 0))
    category_pages(tmp_path, MEDIA)
    assert not left.exists()


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "category").touch()
    with pytest.raises(SiteUnwritableError, match="FINEWS_SITE_DIR"):
        category_pages(tmp_path, MEDIA)
