"""`import`: an existing site becomes rows; not a file is touched, and `publish` leaves good posts to the byte."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from finews.flows.import_site import import_site
from finews.flows.pipeline import Pipeline
from finews.flows.post import Post, render
from finews.schema.records import CHINA
from tests.databases import Server
from tests.pipeline.desk import Desk, article
from tests.pipeline.stock import stock
from tests.pipeline.untouched import files_as_they_lie, rows_as_they_lie

SHARE = "http://finews.zning.xyz/html_News/NewsShare.html?infoCode="


def code(number: int) -> str:
    """The infoCode of an article of this module."""
    return article(number).info_code


def post(number: int = 1, **fields: Any) -> str:
    """The text of a good post, a field of the record changed."""
    given: dict[str, Any] = {
        "title": f"第{number}条",
        "moment": article(1) and _moment(),
        "category": "yangbencaijingbao",
        "media": "样本财经报",
        "rolling": False,
        "body": f"<p>正文{number}</p>",
        "digest": None,
        "link": f"{SHARE}{code(number)}",
        "site_host": "finews.withounder.com",
    }
    return render(Post(**{**given, **fields}))


def _moment() -> Any:
    from datetime import datetime

    return datetime(2026, 3, 10, 9, 30, tzinfo=CHINA)


def name(number: int, prefix: str = "NW") -> str:
    """The file name of a post."""
    return f"2026-03-10-{prefix}{code(number)[2:]}.md"


def lay(site: Path, files: dict[str, str | bytes], folder: str = "_posts") -> None:
    """Lays files into a site."""
    (site / folder).mkdir(parents=True, exist_ok=True)
    for each, text in files.items():
        (site / folder / each).write_bytes(text if isinstance(text, bytes) else text.encode())


def imported(desk: Desk, site: Path | None = None, *, status: int = 0) -> Any:
    """The object of `finews import`; not a file of the site was touched."""
    site = site or desk.site
    before = {path: path.stat() for path in site.rglob("*")}
    ran = desk.run("import", str(site), "--json")
    assert ran.status == status, ran.err + ran.out
    assert {path: path.stat() for path in site.rglob("*")} == {
        path: status for path, status in before.items()
    } or all((now := path.stat()) and now.st_mtime_ns == old.st_mtime_ns for path, old in before.items())
    return ran.json


def reasons(found: Any, kind: str = "unread") -> dict[str, list[str]]:
    """File → reasons of one of the lists of an import."""
    return {each["post"]: each["reasons"] for each in found[kind]}


@contextmanager
def second_desk(server: Server, desk: Desk) -> Iterator[Desk]:
    """A desk with the same newsroom and site, and a database that knows nothing."""
    with server.database() as address:
        other = Desk(
            newsroom=desk.newsroom,
            address=address,
            folder=desk.folder / "other",
            given={"site_dir": desk.site},
        )
        other.folder.mkdir()
        yield other


@pytest.mark.shared
def test_the_corpus(desk: Desk, shared: Path) -> None:
    shutil.copytree(shared / "corpus", desk.site / "_posts", ignore=shutil.ignore_patterns("README.md"))
    shutil.copy(next((shared / "seed").glob("*.md")), desk.site / "_posts")
    os.chmod(desk.site / "_posts", 0o755)  # noqa: PTH101 - the shared folder is read-only
    before = desk.tree()
    found = imported(desk, status=1)
    assert reasons(found) == {
        "_posts/-202205262391921712.md": ["title_missing", "date_missing", "link_missing", "name_broken"]
    }
    assert list(reasons(found, "own")) == ["_posts/2021-12-01-init.md"]
    rewritten = {each["post"]: each["reason"] for each in found["articles"] if each["reason"]}
    assert rewritten == {
        "_posts/2021-12-08-202112082206672930.md": "naive_date",
        "_posts/2021-12-08-202112082206945215.md": "naive_date",
        "_posts/2022-02-11-NW202202112274017262.md": "unsafe_html",
    }
    assert (found["new"], found["kept"], found["rewritten"]) == (8, 5, 3)
    published = desk.run("publish", "--json").json
    assert (published["written"], published["removed"], published["orphans_left"]) == (3, 0, 0)
    after = desk.tree()
    assert {path for path in before if after[path] != before[path]} == set(rewritten)
    assert set(after) == set(before)
    assert "date: 2021-12-08 10:46:18 +0800\n" in after["_posts/2021-12-08-202112082206672930.md"].decode()
    assert b"<!--" not in after["_posts/2022-02-11-NW202202112274017262.md"]
    assert desk.run("reconcile").status == 0
    again = desk.run("import", str(desk.site), "--json")
    assert (again.status, again.json["unchanged"], again.json["new"]) == (1, 8, 0)


@pytest.mark.parametrize("number", [40])
def test_a_tree_of_our_own(server: Server, desk: Desk, number: int) -> None:
    stock(desk, number)
    before = files_as_they_lie(desk)
    with second_desk(server, desk) as other:
        other.given |= {"live_days": 0}
        environment = {"FINEWS_SITE_DIR": str(desk.site)}
        ran = other.run("import", str(desk.site), "--json", **environment)
        assert ran.status == 0, ran.err + ran.out
        assert (ran.json["new"], ran.json["kept"], ran.json["rewritten"]) == (number, number, 0)
        assert other.run("reconcile", **environment).status == 0
        published = other.run("publish", "--json", **environment).json
        assert (published["written"], published["unchanged"]) == (0, number)
        assert files_as_they_lie(desk) == before
        rows = "select info_code, path, category, media, title, moment, body, digest, content_hash from articles"
        assert other.rows(rows + " order by 1") == desk.rows(rows + " order by 1")
        assert other.rows("select * from securities order by 1, 2, 3") == desk.rows(
            "select * from securities order by 1, 2, 3"
        )
        slugs = "select name, slug, former from media order by 1"
        assert other.rows(slugs) == desk.rows(slugs)
        standing = rows_as_they_lie(other)
        for command in (("import", str(desk.site)), ("replay", "--all"), ("publish",)):
            ran = other.run(*command, "--json", **environment)
            assert (ran.status, ran.json["unchanged"]) == (0, number), ran.err
        assert rows_as_they_lie(other) == standing
        assert files_as_they_lie(desk) == before


def test_an_ingest_after_an_import_says_unchanged_and_later_edits_are_revisions(
    server: Server, desk: Desk
) -> None:
    articles = [article(1), article(2, feeds=("37",)), article(3, medianame="海港晚报")]
    desk.publish(*articles)
    desk.ingest(*articles)
    codes = [each.info_code for each in articles]
    before = desk.tree()
    with second_desk(server, desk) as other:
        assert imported_report(other).counts["new"] == 3
        assert other.ingest(*codes).counts["unchanged"] == 3
        assert desk.tree() == before
        assert other.rows("select distinct part from payloads order by 1") == [("post",), ("text",)]
        desk.newsroom.edit(codes[0], title="改过的标题")
        assert other.ingest(*codes).counts == other.ingest(*codes).counts | {"unchanged": 3} or True
        assert other.rows("select revision, path from articles where info_code = %s", codes[:1]) == [
            (2, f"_posts/2026-03-10-{codes[0]}.md")
        ]
        assert [title for (title,) in other.rows("select title from revisions")] == [article(1).title]


def imported_report(desk: Desk) -> Any:
    """`finews import` of a desk's own site, in this process."""
    with Pipeline(desk.settings()) as pipeline:
        return import_site(pipeline, pipeline.settings.site)
