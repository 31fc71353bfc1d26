"""`import`: an existing site becomes rows; not a file is touched, and `publish` leaves good posts to the byte."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from finews.flows import import_site as importing
from finews.flows.category import slug
from finews.flows.import_batch import import_batch
from finews.flows.import_site import import_site
from finews.flows.pipeline import Pipeline
from finews.schema.errors import DatabaseLostError
from tests.databases import Server
from tests.pipeline.desk import Desk, article, outcomes
from tests.pipeline.old_posts import CATEGORY, MEDIA, code, elsewhere, lay, path, post, rolling
from tests.pipeline.stock import stock
from tests.pipeline.untouched import files_as_they_lie, rows_as_they_lie


def imported(desk: Desk, site: Path | None = None, *, status: int = 0) -> Any:
    """The object of `finews import`; not a file of the site was touched by it."""
    before = files_as_they_lie(desk)
    ran = desk.run("import", str(site or desk.site), "--json")
    assert ran.status == status, ran.err + ran.out
    assert files_as_they_lie(desk) == before
    return ran.json


def published(desk: Desk) -> Any:
    """The object of `finews publish`, after which rows and posts agree."""
    found = desk.run("publish", "--json").json
    assert desk.run("reconcile").status == 0
    return found


def reasons(found: Any, kind: str = "unread") -> dict[str, list[str]]:
    """File → reasons of one of the lists of an import."""
    return {each["post"]: each["reasons"] for each in found[kind]}


@contextmanager
def second_desk(server: Server, desk: Desk) -> Iterator[Desk]:
    """A desk at the same newsroom and the same site, with a database that knows nothing."""
    with server.database() as address:
        yield Desk(newsroom=desk.newsroom, address=address, folder=desk.folder)


@pytest.mark.shared
def test_the_corpus(desk: Desk, shared: Path) -> None:
    originals = [*(shared / "corpus").glob("*[0-9a-z].md"), *(shared / "seed").glob("*.md")]
    lay(desk.site, {f"_posts/{each.name}": each.read_bytes() for each in originals if each.stem != "README"})
    before = desk.tree()
    found = imported(desk, status=1)
    assert reasons(found) == {
        "_posts/-202205262391921712.md": ["title_missing", "date_missing", "link_missing", "name_broken"]
    }
    assert reasons(found, "own") == {
        "_posts/2021-12-01-init.md": ["link_missing", "media_missing", "name_without_code"]
    }
    rewritten = {each["post"]: each["reason"] for each in found["articles"] if each["reason"]}
    assert rewritten == {
        "_posts/2021-12-08-202112082206672930.md": "naive_date",
        "_posts/2021-12-08-202112082206945215.md": "naive_date",
        "_posts/2022-02-11-NW202202112274017262.md": "unsafe_html",
    }
    assert (found["files"], found["new"], found["kept"], found["rewritten"]) == (10, 8, 5, 3)
    told = published(desk)
    assert (told["written"], told["removed"], told["orphans_left"]) == (3, 0, 0)
    after = desk.tree()
    assert set(after) == set(before)
    assert {each for each in before if after[each] != before[each]} == set(rewritten)
    assert b"date: 2021-12-08 10:46:18 +0800\n" in after["_posts/2021-12-08-202112082206672930.md"]
    assert b"<!--" not in after["_posts/2022-02-11-NW202202112274017262.md"]
    assert imported(desk, status=1)["unchanged"] == 8
    assert desk.rows("select distinct state from links") == [("done",)]


def test_a_tree_of_our_own(server: Server, desk: Desk) -> None:
    stock(desk, 60)
    before = files_as_they_lie(desk)
    with second_desk(server, desk) as other:
        found = imported(other)
        assert (found["new"], found["kept"], found["rewritten"]) == (60, 60, 0)
        assert (found["unread"], found["own"]) == ([], [])
        for query in (
            """select info_code, rolling, path, category, media, title, moment, body, digest, content_hash,
                      published_revision, published_hash, imported_post from articles order by 1""",
            "select * from securities order by 1, 2, 3",
            "select name, slug, former from media order by 1",
            "select info_code, state from links order by 1",
        ):
            assert other.rows(query) == desk.rows(query)
        standing = rows_as_they_lie(other)
        for command in (("import", str(desk.site)), ("replay", "--all")):
            ran = other.run(*command, "--json")
            assert (ran.status, ran.json["unchanged"]) == (0, 60), ran.err
        assert rows_as_they_lie(other) == standing
        assert (told := published(other))["written"] == 0
        assert told["unchanged"] == 60
        assert files_as_they_lie(desk) == before


def test_what_the_source_says_of_imported_articles(server: Server, desk: Desk) -> None:
    articles = [article(1), article(2, feeds=("37",)), article(3, medianame="海港晚报")]
    desk.publish(*articles)
    desk.ingest(*articles)
    before = desk.tree()
    with second_desk(server, desk) as other:
        imported(other)
        assert other.ingest(*articles).counts["unchanged"] == 3
        assert other.tree() == before
        desk.newsroom.edit(code(1), title="改过的标题")
        assert outcomes(other.ingest(*articles)) == {
            code(1): ("updated", ""),
            code(2): ("unchanged", ""),
            code(3): ("unchanged", ""),
        }
        assert other.rows("select revision, path from articles where revision > 1") == [(2, path(1))]
        assert other.rows("select title from revisions") == [(article(1).title,)]
        after = other.tree()
        assert {each for each in before if after[each] != before[each]} == {path(1)}


def test_a_post_that_stays_as_it_is_is_a_post_like_any(desk: Desk) -> None:
    lay(desk.site, {path(1): elsewhere(1), path(2): elsewhere(2).replace("\n", "\r\n"), path(3): post(3)})
    before = desk.tree()
    assert imported(desk)["kept"] == 3
    assert published(desk)["written"] == 0
    for arguments in (("--all",), ("--all", "--diff"), (code(1),)):
        ran = desk.run("replay", *arguments, "--json")
        assert (ran.status, ran.json["updated"], ran.json.get("fields", {})) == (0, 0, {}), ran.err
    assert desk.tree() == before

    (desk.site / path(1)).unlink()
    assert published(desk)["written"] == 1
    (desk.site / path(2)).write_text("half", encoding="utf-8")
    assert desk.run("reconcile", "--json").json["changed_posts"] == [path(2)]
    assert desk.run("replay", "--all", "--json").json["written"] == 1
    assert desk.tree() == before, "from the payload, to the byte"

    # The same text from the source, by a later normaliser, leaves the bytes; another text takes their place.
    desk.publish(article(1, title="第1条", body="<p>正文1</p>"), article(2))
    desk.execute("update articles set normaliser = 0")
    assert outcomes(desk.ingest(code(1), code(2))) == {code(1): ("unchanged", ""), code(2): ("updated", "")}
    assert desk.run("replay", "--all", "--json").json["unchanged"] == 3
    after = desk.tree()
    assert {each for each in before if after[each] != before[each]} == {path(2)}
    assert b"old.example" not in after[path(2)]
    assert desk.rows("select info_code from articles where imported_post is not null") == [(code(1),)]
    assert published(desk)["written"] == 0

    trace = desk.run("trace", code(1), "--json").json
    assert [(each["stage"], each["outcome"]) for each in trace["events"]][:1] == [("import", "new")]
    assert desk.run("forget", code(1), code(2), "--why", "a test").status == 0
    assert list(desk.tree()) == [path(3)]
    assert desk.count("payloads") == 1


def test_a_forgotten_article_stays_forgotten(desk: Desk) -> None:
    lay(desk.site, {path(1): post(1), path(2): post(2)})
    desk.run("forget", code(1), "--why", "a test")
    found = imported(desk)
    assert [(each["outcome"], each["reason"]) for each in found["articles"]] == [
        ("skipped", "forgotten"),
        ("new", ""),
    ]
    assert published(desk)["removed"] == 1


def test_a_row_that_is_there_is_left_as_it_is(desk: Desk) -> None:
    desk.publish(article(1), article(2))
    desk.ingest(code(1), code(2))
    lay(desk.site, {path(1): post(1, title="别的"), path(3): post(3)})
    row = desk.rows("select * from articles order by info_code")
    found = imported(desk)
    assert {each["info_code"]: (each["outcome"], each["reason"]) for each in found["articles"]} == {
        code(1): ("skipped", "known"),
        code(2): ("unchanged", ""),
        code(3): ("new", ""),
    }
    assert desk.rows("select * from articles order by info_code")[:2] == row


def test_an_answer_that_waits_is_not_given_up(desk: Desk) -> None:
    desk.publish(article(1), article(2, extra={"title": ""}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("finews.flows.fetch.load_payloads", _killed)
        with pytest.raises(DatabaseLostError):
            desk.ingest(code(1), database_wait=0)
    desk.ingest(code(2))
    desk.execute("delete from articles")
    desk.execute("update links set state = 'fetched', lease_token = null where info_code = %s", [code(1)])
    lay(desk.site, {path(1): elsewhere(1), path(2): elsewhere(2)})
    assert imported(desk)["new"] == 2
    assert desk.rows("select info_code, state, lease_token from links order by 1") == [
        (code(1), "fetched", None),
        (code(2), "quarantined", None),
    ]
    desk.poll("rolling")
    assert desk.rows("select info_code, revision from articles order by 1") == [(code(1), 2), (code(2), 1)]


def _killed(*_: Any, **__: Any) -> Any:
    raise DatabaseLostError


def test_who_has_a_link_just_now_is_not_disturbed(desk: Desk) -> None:
    lay(desk.site, {path(1): post(1)})
    with Pipeline(desk.settings()) as other, other.run("ingest", "somebody") as run:
        desk.execute("insert into links (info_code) values (%s)", [code(1)])
        desk.execute(
            "update links set lease_token = 1, lease_run = %s, lease_until = now() + '5 min'", [run.number]
        )
        assert imported(desk)["articles"][0]["reason"] == "leased"
    assert desk.count("articles") == 0


def test_what_cannot_be_read_is_named_with_its_reasons(desk: Desk) -> None:
    lay(
        desk.site,
        {
            path(1): post(1),
            path(2): post(2).replace("title: ", "title: ["),
            path(3): post(3).encode("gb18030"),
            path(4): post(4, link="http://finews.zning.xyz/html_News/NewsShare.html?infoCode=" + code(1)),
            path(5): "---\n---\n",
            path(6): b"x" * (16 * 2**20 + 1),
            "_posts/2026-03-10-hello.md": "---\nlayout: post\ntitle: 你好\n---\n你好",
            "_posts/.finews-0-0-x.md": "half",
            "_posts/readme.txt": "no post",
            path(1, folder="old_post"): post(1),
            path(1, prefix="", folder="old_post"): post(1),
        },
    )
    (desk.site / path(7)).symlink_to(desk.site / path(1))
    (desk.site / path(8)).mkdir()
    os.mkfifo(desk.site / path(9))
    found = imported(desk, status=1)
    assert reasons(found) == {
        path(2): ["front_matter_broken"],
        path(3): ["not_utf8"],
        path(4): ["name_mismatch"],
        path(5): ["title_missing", "date_missing", "category_missing", "media_missing", "link_missing"],
        path(6): ["too_large"],
        path(7): ["not_a_file"],
        path(8): ["not_a_file"],
        path(9): ["not_a_file"],
        path(1, folder="old_post"): ["duplicate"],
        path(1, prefix="", folder="old_post"): ["duplicate"],
    }
    assert list(reasons(found, "own")) == ["_posts/2026-03-10-hello.md"]
    assert (found["files"], found["new"], desk.count("articles"), desk.count("links")) == (12, 1, 1, 1)
    told = desk.run("import", str(desk.site)).out
    assert "front_matter_broken" in told
    assert "sets it aside" in " ".join(told.split())
    ran = desk.run("publish", "--json").json
    orphans = {each.name for each in (desk.folder / "orphans").iterdir()}
    assert ran["removed"] == len(orphans) == 9
    assert Path(path(2)).name in orphans


def test_wrong_requests_do_nothing(desk: Desk) -> None:
    (desk.folder / "empty" / "_posts").mkdir(parents=True)
    for site in ("no-such-folder", "empty"):
        ran = desk.run("import", str(desk.folder / site))
        assert (ran.status, "holds no posts" in ran.err) == (2, True), ran.err
    assert desk.run("import").status == 2
    assert desk.count("runs") == 0


def test_categories_are_for_good_and_later_names_never_collide(desk: Desk) -> None:
    """Two names under one category, two categories of one name, and names whose own slug is taken by then."""
    taken = slug("海港晚报")
    lay(
        desk.site,
        {
            path(1): post(1, media="甲报", category="shared"),
            path(2): post(2, media="乙报", category="shared"),
            path(3): post(3, media="甲报", category=taken),
            path(4): post(4, media="甲报", category="shared"),
            path(5): post(5, media=MEDIA, category=CATEGORY),
        },
    )
    before = desk.tree()
    assert imported(desk)["kept"] == 5
    assert published(desk)["written"] == 0
    assert desk.tree() == before
    assert desk.rows("select name, slug, former from media order by slug") == [
        ("甲报", taken, True),
        ("甲报", "shared", False),
        (MEDIA, CATEGORY, False),
        ("乙报", slug("乙报"), False),
    ]
    new = [
        article(11, medianame="甲报"),
        article(12, medianame="乙报"),
        article(13, medianame="海港晚报"),
        article(14, medianame=MEDIA),
    ]
    desk.publish(*new)
    assert desk.ingest(*new).counts["new"] == 4
    assert desk.rows(
        "select info_code, category from articles where info_code >= %s order by 1", [code(11)]
    ) == [
        (code(11), "shared"),
        (code(12), slug("乙报")),
        (code(13), f"{taken}-2"),
        (code(14), CATEGORY),
    ]
    assert desk.run("replay", "--media", "乙报", "--json").json["unchanged"] == 2


@contextmanager
def desk_pipeline(desk: Desk) -> Iterator[Pipeline]:
    """A pipeline of this process."""
    with Pipeline(desk.settings()) as pipeline:
        yield pipeline


def test_a_site_elsewhere_comes_into_ours(desk: Desk) -> None:
    old = desk.folder / "old"
    files: dict[str, str | bytes] = {path(1): elsewhere(1), path(2, prefix=""): rolling(2)}
    lay(old, {**files, path(3, folder="old_post"): elsewhere(3)})
    found = imported(desk, old)
    assert "1 posts lie in old_post" in found["note"]
    assert desk.tree() == {}
    assert desk.run("status", "--json").json["posts"] == 0
    assert published(desk)["written"] == 3
    assert desk.tree() == {
        each.replace("old_post", "_posts"): text
        for each, text in sorted(
            (file.relative_to(old).as_posix(), file.read_bytes()) for file in old.rglob("*.md")
        )
    }


def test_an_archive_stays_an_archive(desk: Desk) -> None:
    desk.given["live_days"] = 30
    lay(desk.site, {path(1, folder="old_post"): elsewhere(1), path(2): elsewhere(2)})
    before = desk.tree()
    with desk_pipeline(desk) as pipeline:
        report = import_site(pipeline, desk.site)
    assert report.note == ""
    ran = desk.run("publish", "--json", FINEWS_LIVE_DAYS="30").json
    assert (ran["written"], ran["archived"], ran["unchanged"]) == (0, 1, 1)
    assert set(desk.tree()) == {path(1, folder="old_post"), path(2, folder="old_post")}
    assert set(desk.tree().values()) == set(before.values())


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_killed_import_goes_on(desk: Desk, moment: str) -> None:
    numbers = range(1, 41)
    lay(desk.site, {path(number): elsewhere(number) for number in numbers})
    before = desk.tree()
    child = os.fork()
    if not child:
        try:
            _killed_import(desk, moment)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    there = {"before": 20, "after": 30}[moment]
    assert desk.count("articles") == desk.count("payloads") == desk.count("events") == there
    found = imported(desk)
    assert (found["new"], found["unchanged"]) == (40 - there, there)
    assert published(desk)["written"] == 0
    assert desk.tree() == before
    assert desk.rows("select distinct state, lease_token from links") == [("done", None)]
    assert desk.rows("select count(*) from events where outcome = 'new'") == [(40,)]


def _killed_import(desk: Desk, moment: str) -> None:
    batches = [0]

    def killing(*arguments: Any, **named: Any) -> Any:
        batches[0] += 1
        if batches[0] == 3 and moment == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        found = import_batch(*arguments, **named)
        if batches[0] == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return found

    vars(importing).update(import_batch=killing, _BATCH=10)
    with Pipeline(desk.settings()) as pipeline:
        import_site(pipeline, desk.site)


def test_a_commit_that_was_not_heard_of_is_told_as_new(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    lay(desk.site, {path(number): elsewhere(number) for number in range(1, 6)})
    calls = [0]

    def unheard(*arguments: Any, **named: Any) -> Any:
        calls[0] += 1
        found = import_batch(*arguments, **named)
        if calls[0] == 1:
            raise DatabaseLostError
        return found

    monkeypatch.setattr(importing, "import_batch", unheard)
    with desk_pipeline(desk) as pipeline:
        report = import_site(pipeline, desk.site)
    assert (calls[0], report.counts["new"], report.extra["kept"]) == (2, 5, 5)
    assert desk.count("events") == 5


@pytest.mark.slow
def test_two_imports_at_once(desk: Desk) -> None:
    lay(desk.site, {path(number): elsewhere(number) for number in range(1, 301)})
    running = [desk.start("import", str(desk.site), "--json") for _ in range(2)]
    for process in running:
        _, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
    assert desk.count("articles") == desk.count("events") == 300
    assert desk.rows("select distinct state, lease_token from links") == [("done", None)]


def test_what_is_named_has_a_limit(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    lay(desk.site, {path(number): post(number) for number in range(1, 8)})
    lay(desk.site, {f"_posts/2026-03-10-{number}.md": "own" for number in range(7)})
    monkeypatch.setattr(importing, "MOST_TOLD", 5)
    with desk_pipeline(desk) as pipeline:
        report = import_site(pipeline, desk.site)
    assert (len(report.results), report.counts["new"], report.extra["kept"], len(report.extra["own"])) == (
        5,
        7,
        7,
        5,
    )
    assert "4 more are counted" in report.note


def test_names_are_read_in_their_order_a_part_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from finews.flows import old_site

    monkeypatch.setattr(old_site, "_NAMES_AT_A_TIME", 7)
    names = [f"_posts/{number:03}.md" for number in range(50)]
    lay(tmp_path, dict.fromkeys(reversed(names), "x"))
    assert list(old_site.post_paths(tmp_path)) == names
    assert old_site.count_posts(tmp_path) == 50
    shutil.rmtree(tmp_path / "_posts")
    assert list(old_site.post_paths(tmp_path)) == []
