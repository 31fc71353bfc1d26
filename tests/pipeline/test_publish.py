"""`publish`: the whole site in line with the rows, in a time that follows what changed, and nothing else touched."""

from __future__ import annotations

import os
import shutil
import statistics
import time
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from finews.flows.pipeline import Pipeline
from finews.flows.progress import Silent
from finews.flows.publish_site import publish_site
from finews.schema.database import Database
from finews.schema.records import CHINA
from tests.pipeline.archive import at
from tests.pipeline.desk import Desk, article
from tests.pipeline.stock import stock


def publish(desk: Desk, *, verify: bool = False, **settings: Any) -> dict[str, int]:
    """What `finews publish --json` says."""
    given = desk.settings(**settings)
    with Database(given) as database:
        return publish_site(database, given, Silent(), verify=verify)


def files(desk: Desk) -> dict[str, tuple[int, int]]:
    """Every file of the site: path → its number and the time of its last change."""
    return {
        path.relative_to(desk.site).as_posix(): (found.st_ino, found.st_mtime_ns)
        for path in desk.site.rglob("*")
        if path.is_file()
        for found in [path.stat()]
    }


def test_a_category_page_comes_with_the_first_post_of_a_media_and_goes_with_the_last(desk: Desk) -> None:
    other = article(2, medianame="样本晚报 (北京)")
    desk.publish(article(1), other, article(3, medianame="样本晚报 (北京)"), article(4, feeds=("rolling",)))
    desk.ingest(article(1), other, article(3))
    desk.poll()
    assert publish(desk)["categories"] == 2
    pages = {path for path in files(desk) if path.startswith("category/")}
    (slug,) = {code for (code,) in desk.rows("select category from articles where media like '%%晚报%%'")}
    assert pages == {"category/yangbencaijingbao.html", f"category/{slug}.html"}
    text = (desk.site / f"category/{slug}.html").read_text(encoding="utf-8")
    assert "样本晚报 (北京)新闻" in text
    before = files(desk)
    assert publish(desk)["written"] == 0
    assert files(desk) == before
    assert desk.run("forget", other.info_code, "--why", "a test").status == 0
    assert publish(desk)["categories"] == 2
    assert desk.run("forget", article(3).info_code, "--why", "a test").status == 0
    assert publish(desk)["categories"] == 1
    assert not (desk.site / f"category/{slug}.html").exists()


def test_the_scaffold_is_laid_into_a_site_that_nobody_has_set_up(desk: Desk) -> None:
    desk.publish(article(1))
    desk.ingest(article(1))
    publish(desk)
    assert (desk.site / "_layouts/post.html").is_file()
    assert f'url: "https://{desk.settings().site_host}"' in (desk.site / "_config.yml").read_text(
        encoding="utf-8"
    )
    # What the owner changes or deletes is the owner's.
    (desk.site / "assets/site.css").write_text("body {}", encoding="utf-8")
    (desk.site / "search.html").unlink()
    publish(desk)
    assert (desk.site / "assets/site.css").read_text(encoding="utf-8") == "body {}"
    assert not (desk.site / "search.html").exists()


def test_a_site_that_was_there_before_gets_pages_for_its_media_and_nothing_else(desk: Desk) -> None:
    desk.site.mkdir()
    (desk.site / "_config.yml").write_text("theme: mine\n", encoding="utf-8")
    desk.publish(article(1))
    desk.ingest(article(1))
    publish(desk)
    others = {path for path in files(desk) if not path.startswith("_posts/")}
    assert others == {"_config.yml", "category/yangbencaijingbao.html"}


def test_what_cannot_be_committed_is_refused_before_anything_is_done(desk: Desk) -> None:
    desk.publish(article(1))
    desk.ingest(article(1))
    before = files(desk)
    ran = desk.run("publish", "--git")
    assert (ran.status, "is no git repository" in ran.err) == (2, True)
    assert files(desk) == before


def test_only_what_changed_is_touched(desk: Desk) -> None:
    stock(desk, 300)
    publish(desk)
    before = files(desk)
    posts = sorted(path for path in before if path.startswith("_posts/"))
    (desk.site / posts[0]).unlink()
    (desk.site / posts[1]).write_text("changed", encoding="utf-8")
    # The same length at the same time: it is another file all the same.
    kept = (desk.site / posts[2]).stat()
    (desk.site / posts[2]).write_bytes(b"x" * kept.st_size)
    os.utime(desk.site / posts[2], ns=(kept.st_atime_ns, kept.st_mtime_ns))
    assert publish(desk)["written"] == 3
    after = files(desk)
    assert {path for path in after if after[path] != before[path]} == set(posts[:3])
    assert desk.run("reconcile").status == 0


def test_verify_reads_what_looks_right(desk: Desk) -> None:
    desk.publish(article(1), article(2))
    desk.ingest(article(1), article(2))
    publish(desk)
    (path,) = [path for path in desk.site.rglob("*.md") if path.name.endswith("1.md")]
    right = path.read_bytes()
    path.write_bytes(right.replace("样本".encode(), "别的".encode()))
    stat = path.stat()
    desk.execute(
        "update articles set published_file = split_part(published_file, ':', 1) || %s where path like '%%1.md'",
        [f":{stat.st_size}:{stat.st_mtime_ns}:{stat.st_ctime_ns}:{stat.st_ino}"],
    )
    assert publish(desk)["written"] == 0
    assert desk.run("publish", "--verify", "--json").json["written"] == 1
    assert path.read_bytes() == right


def test_a_new_host_changes_every_post(desk: Desk) -> None:
    stock(desk, 40)
    publish(desk)
    assert publish(desk, site_host="other.example/news")["written"] == 40
    assert all("//other.example/news/" in text.decode() for text in desk.tree().values())
    assert publish(desk, site_host="other.example/news")["written"] == 0


def test_a_site_that_was_copied_is_read_once(desk: Desk) -> None:
    stock(desk, 40)
    publish(desk)
    shutil.copytree(desk.site, desk.folder / "copy")
    shutil.rmtree(desk.site)
    (desk.folder / "copy").rename(desk.site)
    signs = desk.rows("select published_file from articles order by 1")
    assert publish(desk)["written"] == 0
    assert desk.rows("select published_file from articles order by 1") != signs
    rows = desk.rows("select xmin from articles")
    assert publish(desk)["written"] == 0
    assert desk.rows("select xmin from articles") == rows


def test_old_posts_move_to_the_archive_also_where_a_kill_came_between(desk: Desk) -> None:
    now = datetime.now(CHINA).replace(tzinfo=None, hour=1, minute=0, second=0, microsecond=0)
    live = [at(number, now - timedelta(days=number)) for number in range(3)]
    old = [at(number, now - timedelta(days=number)) for number in range(3, 6)]
    desk.publish(*live, *old)
    with Pipeline(desk.settings(live_days=3), crawling=1):
        pass
    desk.ingest(*live, *old)
    assert {path.partition("/")[0] for path in desk.tree()} == {"_posts"}
    before = {path.rpartition("/")[2]: content for path, content in desk.tree().items()}
    # As a kill leaves it: one post in both places, one moved and not noted.
    (desk.site / "old_post").mkdir()
    names = sorted(name for name in before if date.fromisoformat(name[:10]) <= now.date() - timedelta(days=3))
    shutil.copy2(desk.site / "_posts" / names[0], desk.site / "old_post" / names[0])
    (desk.site / "_posts" / names[1]).rename(desk.site / "old_post" / names[1])
    publish(desk, live_days=3)
    after = desk.tree()
    assert {path for path in after if path.startswith("old_post/")} == {f"old_post/{name}" for name in names}
    assert {path.rpartition("/")[2]: content for path, content in after.items()} == before
    kept = files(desk)
    assert publish(desk, live_days=3)["archived"] == 0
    assert files(desk) == kept
    assert desk.run("reconcile", FINEWS_LIVE_DAYS="3").status == 0
    # A backfill of an old day goes straight there.
    late = at(9, now - timedelta(days=5))
    desk.publish(late)
    desk.ingest(late, live_days=3)
    assert f"old_post/{late.moment[:10]}-{late.info_code}.md" in desk.tree()


@pytest.mark.slow
def test_the_time_follows_what_changed(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    """The command with ten changed posts of 20,000 takes about as long as with ten of 2,000; reading all takes long."""
    times: dict[int, float] = {}
    for number, more in ((2000, 2000), (20_000, 18_000)):
        stock(desk, more, seed=number)
        publish(desk)
        times[number] = statistics.median(_ten_changed(desk) for _ in range(3))
    begun = time.perf_counter()
    assert desk.run("publish", "--verify").status == 0
    reading = time.perf_counter() - begun
    with capsys.disabled():
        told = ", ".join(f"{number}: {seconds:.2f} s" for number, seconds in times.items())
        print(f" [ten changed of {told}; all of 20,000 read: {reading:.2f} s]", end="")
    assert times[20_000] < reading / 1.5
    assert times[20_000] < times[2000] * 1.6


def _ten_changed(desk: Desk) -> float:
    """Seconds that a publish takes after ten posts have changed; only they are touched."""
    chosen = [code for (code,) in desk.rows("select info_code from articles order by random() limit 10")]
    desk.execute(
        "update articles set title = title || '。', content_hash = sha256(content_hash) where info_code = any(%s)",
        [chosen],
    )
    before = files(desk)
    begun = time.perf_counter()
    ran = desk.run("publish", "--json")
    taken = time.perf_counter() - begun
    after = files(desk)
    assert ran.json["written"] == 10
    assert len({path for path in after if after[path] != before.get(path)}) == 10
    return taken
