"""The scaffold is laid and kept up to date, and what an owner has is never touched, whenever a kill may come."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from finews.flows import site_scaffold
from finews.flows.site_file import _HERE, replace_file
from finews.flows.site_scaffold import MANIFEST, Laid, Step, decide, lay_scaffold, scaffold
from finews.schema.errors import SiteUnwritableError
from finews.schema.settings import Settings

OURS = {
    "_config.yml": b"one",
    "_layouts/post.html": b"two",
    "assets/site.css": b"three",
    "index.html": b"four",
}
NEWER = {path: content + b", newer" for path, content in OURS.items()} | {"404.html": b"five"}
NEWEST = {path: content + b", newest" for path, content in NEWER.items()}
OWN = b"the owner's"

Ship = Callable[[dict[str, bytes]], None]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with a site folder that is not there yet."""
    return Settings(site_dir=tmp_path / "deep" / "site")


@pytest.fixture
def ship(monkeypatch: pytest.MonkeyPatch) -> Ship:
    """Makes these files the scaffold."""
    return lambda files: monkeypatch.setattr(site_scaffold, "scaffold", lambda _: files)


def tree(site: Path) -> dict[str, bytes]:
    """Every file of the site but the manifest and what is half-written."""
    return {
        path.relative_to(site).as_posix(): path.read_bytes()
        for path in site.rglob("*")
        if path.is_file() and not path.name.startswith(".finews-")
    }


def stamps(site: Path) -> dict[Path, int]:
    """When each file and folder was last written."""
    return {path: path.stat().st_mtime_ns for path in site.rglob("*")}


def test_the_package_holds_every_file(settings: Settings, root: Path) -> None:
    command = ["git", "ls-files", "-z", "finews/site"]
    listing = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
    kept = {name.removeprefix("finews/site/") for name in listing.split("\0") if name}
    assert scaffold(settings).keys() == kept
    assert {"_config.yml", "_layouts/post.html", "emnews/index.html", "404.html", "search.json"} <= kept


@pytest.mark.parametrize(
    ("host", "url", "baseurl"),
    [
        ("finews.withounder.com", "https://finews.withounder.com", ""),
        ("news.example:8443", "https://news.example:8443", ""),
        ("news.example/a/b", "https://news.example", "/a/b"),
        ("0x1f", "https://0x1f", ""),
    ],
)
def test_the_configuration_names_the_site(settings: Settings, host: str, url: str, baseurl: str) -> None:
    told = yaml.safe_load(scaffold(settings.model_copy(update={"site_host": host}))["_config.yml"])
    assert (told["url"], told["baseurl"]) == (url, baseurl)
    assert (told["timezone"], told["lang"], told["future"]) == ("Asia/Shanghai", "zh-CN", True)


def test_everything_is_laid_once(settings: Settings) -> None:
    files = scaffold(settings)
    assert lay_scaffold(settings) == Laid(written=tuple(sorted(files)))
    assert tree(settings.site) == files
    before = stamps(settings.site)
    assert lay_scaffold(settings) == Laid()
    assert stamps(settings.site) == before


def test_another_host_changes_the_configuration_alone(settings: Settings) -> None:
    lay_scaffold(settings)
    moved = settings.model_copy(update={"site_host": "other.example"})
    assert lay_scaffold(moved) == Laid(updated=("_config.yml",))
    assert tree(settings.site) == scaffold(moved)


def test_what_nobody_changed_is_updated(settings: Settings, ship: Ship) -> None:
    ship(OURS)
    lay_scaffold(settings)
    ship(NEWER)
    assert lay_scaffold(settings) == Laid(written=("404.html",), updated=tuple(sorted(OURS)))
    assert tree(settings.site) == NEWER


def test_what_the_owner_changed_or_deleted_stays_so(settings: Settings, ship: Ship) -> None:
    ship(OURS)
    lay_scaffold(settings)
    (settings.site / "_config.yml").write_bytes(OWN)
    (settings.site / "index.html").unlink()
    ship(NEWER)
    told = Laid(
        written=("404.html",),
        updated=("_layouts/post.html", "assets/site.css"),
        kept=("_config.yml",),
        left_out=("index.html",),
    )
    assert lay_scaffold(settings) == told
    again = Laid(kept=("_config.yml",), left_out=("index.html",))
    assert lay_scaffold(settings) == again
    ship(NEWEST)
    lay_scaffold(settings)
    expected = {**NEWEST, "_config.yml": OWN}
    del expected["index.html"]
    assert tree(settings.site) == expected


def test_what_was_there_before_us_is_the_owners(settings: Settings, ship: Ship) -> None:
    (settings.site / "assets").mkdir(parents=True)
    (settings.site / "assets" / "site.css").write_bytes(OWN)
    (settings.site / "_layouts").write_bytes(OWN)
    (settings.site / "index.html").symlink_to("nowhere")
    (settings.site / "404.html").mkdir()
    for files in (OURS, NEWER):
        ship(files)
        told = lay_scaffold(settings)
        assert set(told.kept) == {*files} - {"_config.yml"}
    assert tree(settings.site) == {
        "assets/site.css": OWN,
        "_layouts": OWN,
        "_config.yml": NEWER["_config.yml"],
    }
    assert (settings.site / "index.html").is_symlink()


def test_a_file_put_back_as_we_laid_it_is_ours_again(settings: Settings, ship: Ship) -> None:
    ship(OURS)
    lay_scaffold(settings)
    (settings.site / "index.html").write_bytes(OWN)
    lay_scaffold(settings)
    (settings.site / "index.html").write_bytes(OURS["index.html"])
    ship(NEWER)
    lay_scaffold(settings)
    assert tree(settings.site) == NEWER


def test_a_lost_manifest_takes_only_our_own_bytes_for_ours(settings: Settings, ship: Ship) -> None:
    ship(OURS)
    lay_scaffold(settings)
    (settings.site / "index.html").write_bytes(OWN)
    for lost in (b"", b"[]", b'{"laid": 1, "intended": {"index.html": 1}}', None):
        if lost is None:
            (settings.site / MANIFEST).unlink()
        else:
            (settings.site / MANIFEST).write_bytes(lost)
        assert lay_scaffold(settings) == Laid(kept=("index.html",))
    ship(NEWER)
    lay_scaffold(settings)
    assert tree(settings.site) == {**NEWER, "index.html": OWN}


class Killed(BaseException):
    """Stands for a kill: from here on nothing reaches the disk."""


@contextmanager
def killed_at(step: int) -> Iterator[list[str]]:
    """The process dies at its `step`th change of the disk; yields what it did until then."""
    done: list[str] = []
    originals = {name: getattr(os, name) for name in ("replace", "mkdir", "unlink", "fsync")}

    def dying(name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            if len(done) >= step:
                raise Killed
            done.append(name)
            return originals[name](*arguments, **named)

        return call

    with pytest.MonkeyPatch.context() as patch:
        for name in originals:
            patch.setattr(os, name, dying(name))
        yield done


def killed(settings: Settings, step: int) -> bool:
    """Lays the scaffold until the kill; returns whether that came before the end."""
    try:
        with killed_at(step):
            lay_scaffold(settings)
    except Killed:
        return True
    return False


@pytest.mark.parametrize("before", [None, OURS], ids=["fresh", "update"])
@pytest.mark.parametrize("after", [NEWER, NEWEST], ids=["same", "newer"])
@pytest.mark.parametrize("owner", ["nothing", "edits", "deletes"])
def test_a_kill_at_any_moment_leaves_no_doubt(
    tmp_path: Path, ship: Ship, before: dict[str, bytes] | None, after: dict[str, bytes], owner: str
) -> None:
    for step in range(200):
        settings = Settings(site_dir=tmp_path / str(step))
        if before:
            ship(before)
            lay_scaffold(settings)
        ship(NEWER)
        died = killed(settings, step)
        target = settings.site / "index.html"
        was_there = target.exists()
        if owner == "edits":
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(OWN)
        elif owner == "deletes":
            target.unlink(missing_ok=True)
        ship(after)
        lay_scaffold(settings)
        expected = {**after, "index.html": OWN} if owner == "edits" else dict(after)
        if owner == "deletes" and was_there and (before or not died):
            del expected["index.html"]
        found = tree(settings.site)
        if owner == "deletes" and not before and died:
            # Whether a kill or an owner took it away in that one moment nobody can tell.
            assert {**found, "index.html": after["index.html"]} == expected
        else:
            assert found == expected, (step, died)
        before_again = stamps(settings.site)
        told = lay_scaffold(settings)
        assert (told.written, told.updated) == ((), ())
        assert stamps(settings.site) == before_again
        if not died:
            break
    else:
        pytest.fail("no end of steps")
    assert step > 10


def test_an_edit_after_a_kill_and_a_delete_after_that_are_the_owners(settings: Settings, ship: Ship) -> None:
    ship(OURS)
    step = 0
    while not (settings.site / "index.html").exists():
        assert killed(settings, step)
        step += 1
    (settings.site / "index.html").write_bytes(OWN)
    lay_scaffold(settings)
    (settings.site / "index.html").unlink()
    assert lay_scaffold(settings).left_out == ("index.html",)


def test_two_kills_in_two_versions_leave_no_doubt(tmp_path: Path, ship: Ship) -> None:
    for step in range(200):
        settings = Settings(site_dir=tmp_path / str(step))
        ship(OURS)
        lay_scaffold(settings)
        ship(NEWER)
        first = 0
        while (settings.site / "assets" / "site.css").read_bytes() != NEWER["assets/site.css"]:
            assert killed(settings, first)
            first += 1
        ship(NEWEST)
        died = killed(settings, step)
        lay_scaffold(settings)
        assert tree(settings.site) == NEWEST, step
        if not died:
            return
    pytest.fail("no end of steps")


def test_what_a_killed_process_left_half_written_is_removed(settings: Settings) -> None:
    lay_scaffold(settings)
    left = settings.site / "_layouts" / f".finews-{_HERE}-{2**22 + 1}-post.html"
    alive = settings.site / "_layouts" / f".finews-{_HERE}-{os.getpid()}-post.html"
    left.touch()
    alive.touch()
    lay_scaffold(settings)
    assert not left.exists()
    assert alive.exists()


def test_two_that_lay_at_once_lay_once(settings: Settings) -> None:
    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(lambda _: lay_scaffold(settings), range(4)))
    files = tuple(sorted(scaffold(settings)))
    assert sorted(told, key=lambda each: each.written) == [Laid(), Laid(), Laid(), Laid(written=files)]
    noted = json.loads((settings.site / MANIFEST).read_bytes())
    assert tuple(sorted(noted["laid"])) == files
    assert noted["intended"] == {}


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SiteUnwritableError, match="FINEWS_SITE_DIR"):
        lay_scaffold(Settings(site_dir=tmp_path / "file" / "site"))


def test_the_next_call_carries_on_where_the_disk_was_full(
    settings: Settings, ship: Ship, monkeypatch: pytest.MonkeyPatch
) -> None:
    ship(OURS)
    written = list[Path]()

    def full(target: Path, content: bytes) -> None:
        if len(written) == 3:
            raise OSError(28, "No space left on device")
        written.append(target)
        replace_file(target, content)

    monkeypatch.setattr(site_scaffold, "replace_file", full)
    with pytest.raises(SiteUnwritableError, match="No space left"):
        lay_scaffold(settings)
    monkeypatch.undo()
    ship(OURS)
    lay_scaffold(settings)
    assert tree(settings.site) == OURS


@pytest.mark.parametrize(
    ("disk", "laid", "intended", "step"),
    [
        (None, None, None, Step.WRITE),
        (None, None, "w", Step.WRITE),
        (None, "l", None, Step.LEAVE_OUT),
        (None, "l", "w", Step.LEAVE_OUT),
        ("w", None, None, Step.NOTHING),
        ("w", "w", None, Step.NOTHING),
        ("w", "l", "w", Step.NOTHING),
        ("l", "l", None, Step.UPDATE),
        ("l", "l", "i", Step.UPDATE),
        ("i", "l", "i", Step.UPDATE),
        ("i", None, "i", Step.UPDATE),
        ("o", None, None, Step.KEEP),
        ("o", "l", None, Step.KEEP),
        ("o", "l", "i", Step.KEEP),
    ],
)
def test_four_hashes_decide(disk: str | None, laid: str | None, intended: str | None, step: Step) -> None:
    assert decide(disk=disk, laid=laid, intended=intended, wanted="w") is step
