"""`publish --build`: real Jekyll where it is installed, one build at a time, and its own words where it fails."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import psutil
import pytest

from finews.flows import site_build
from finews.flows.file_lock import file_lock
from finews.flows.program import installed
from finews.flows.site_build import build_site
from finews.schema.errors import BuildFailedError, BusyError, ProgramMissingError
from finews.schema.settings import Settings
from tests.pipeline.desk import Desk, article
from tests.pipeline.old_posts import lay, path, post
from tests.pipeline.repositories import git

LAYOUT = "{{ page.title }}|{{ page.date | date: '%F %T %z' }}|{{ page.tags | join: ',' }}|{{ content }}"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site with one post and the least that Jekyll needs."""
    folder = tmp_path / "site"
    lay(folder, {"_layouts/post.html": LAYOUT, "_config.yml": "timezone: Asia/Shanghai\n", path(1): post(1)})
    return folder


def settings(site: Path) -> Settings:
    """Settings of that site."""
    return Settings.load(home=site.parent, site_dir=site)


def jekyll(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts a program in the place of Jekyll."""
    program = folder / "bin" / "jekyll"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")


@pytest.mark.jekyll
def test_the_site_is_built(desk: Desk) -> None:
    desk.publish(article(1))
    desk.ingest(article(1))
    lay(desk.site, {"_layouts/post.html": LAYOUT, "_config.yml": "timezone: Asia/Shanghai\n"})
    ran = desk.run("publish", "--build", "--json")
    assert ran.status == 0, ran.err
    assert (ran.json["built"], ran.json["unchanged"]) == (True, 1)
    (page,) = (desk.site / "_site").rglob(f"{article(1).info_code}.html")
    built = page.read_text(encoding="utf-8")
    assert built.startswith(
        f"{article(1).title}|2026-03-10 09:30:00 +0800|样本财经报新闻|<p>样本公司今日发布"
    )
    assert desk.run("reconcile").status == 0


@pytest.mark.jekyll
def test_a_site_that_cannot_be_built(site: Path, desk: Desk) -> None:
    lay(site, {"index.html": "---\n---\n{% no_such_tag %}"})
    with pytest.raises(BuildFailedError, match="no_such_tag"):
        build_site(settings(site))
    lay(desk.site, {"_config.yml": "a: [", "index.html": "x"})
    git(desk.site, "init", "-q")
    ran = desk.run("publish", "--build", "--git", "--json")
    assert (ran.status, ran.json["error"]) == (1, "BuildFailed")
    assert ran.err.count("finews: ") == 1
    assert "Traceback" not in ran.err
    assert not git(desk.site, "rev-list", "--all"), "what cannot be built is not committed"
    with pytest.raises(BuildFailedError, match="there is no site"):
        build_site(settings(site.parent / "none"))


@pytest.mark.jekyll
def test_an_imported_post_reads_as_the_rows_have_it(desk: Desk) -> None:
    """A date without an offset is another moment for Jekyll: that is why such posts are written anew."""
    lay(desk.site, {path(1): post(1).replace(" +0800", ""), path(2): post(2)})
    lay(desk.site, {"_layouts/post.html": LAYOUT, "_config.yml": "timezone: Asia/Shanghai\n"})

    def moments() -> list[str]:
        assert build_site(desk.settings()) == desk.site / "_site"
        pages = sorted((desk.site / "_site").rglob("NW*.html"))
        return [page.read_text(encoding="utf-8").split("|")[1] for page in pages]

    assert moments() == ["2026-03-10 17:30:00 +0800", "2026-03-10 09:30:00 +0800"]
    assert desk.run("import", str(desk.site)).status == 0
    assert desk.run("publish", "--json").json["written"] == 1
    assert moments() == ["2026-03-10 09:30:00 +0800"] * 2


def test_without_jekyll_it_says_how_to_get_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = desk.run("publish", "--build", "--json", PATH="/nonexistent")
    assert (ran.status, ran.json["error"]) == (3, "ProgramMissing")
    assert "apt install jekyll" in ran.err
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(ProgramMissingError, match="apt install git"):
        installed("git", advice="Install it with `apt install git`")


def test_jekyll_gets_no_secret(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jekyll(site.parent, f"env > {site.parent}/seen", monkeypatch)
    monkeypatch.setenv("FINEWS_DATABASE_URL", "postgresql://me:open-sesame@db/finews")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "open-sesame")
    build_site(settings(site).model_copy(update={"database_url": None}))
    seen = (site.parent / "seen").read_text(encoding="utf-8")
    assert "sesame" not in seen
    assert "FINEWS" not in seen
    assert "JEKYLL_ENV=production" in seen


def test_what_a_failing_build_says(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jekyll(site.parent, "kill -9 $$", monkeypatch)
    with pytest.raises(BuildFailedError, match="signal 9"):
        build_site(settings(site))


def test_two_builds_take_turns(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site_build, "_WAIT", 0.2)
    jekyll(site.parent, "exit 0", monkeypatch)
    with file_lock(site, seconds=0, busy="x"), pytest.raises(BusyError, match="another build"):
        build_site(settings(site))
    build_site(settings(site))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_interrupt_ends_jekyll(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    lay(desk.site, {"index.html": "x"})
    jekyll(
        desk.folder,
        f"echo $$ > {desk.folder}/pid.new; mv {desk.folder}/pid.new {desk.folder}/pid; sleep 30",
        monkeypatch,
    )
    process = desk.start("publish", "--build")
    while not (desk.folder / "pid").exists():
        assert process.poll() is None
        time.sleep(0.02)
    pid = int((desk.folder / "pid").read_text(encoding="utf-8"))
    process.send_signal(number)
    _, err = process.communicate(timeout=30)
    if number == signal.SIGKILL:
        # Nobody is left to end it: but the site is taken until it has ended.
        with pytest.raises(BusyError), file_lock(desk.site, seconds=0.2, busy="x"):
            pass
        os.killpg(pid, signal.SIGKILL)
    else:
        assert "interrupted" in err
    with file_lock(desk.site, seconds=5, busy="x"):
        assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
