"""Real repositories for tests: a site with its own, a bare one to push to, and a second writer."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from finews.flows.site_git import Committed, commit_site
from finews.schema.settings import Settings
from tests.pipeline.old_posts import lay, path, post

_PERSON = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Owner"), ("EMAIL", "owner@example.org"))
}


def git(folder: Path, *arguments: str) -> str:
    """What git answers there."""
    ended = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env=os.environ | _PERSON | {"GIT_CONFIG_GLOBAL": "/dev/null", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, f"git {' '.join(arguments)}: {ended.stderr}"
    return ended.stdout.strip()


@dataclass
class Repositories:
    """A site folder `site`, its remote `bare`, and another's clone of that."""

    folder: Path

    def __post_init__(self) -> None:
        self.site, self.bare, self.other = (self.folder / name for name in ("site", "bare.git", "other"))
        git(self.folder, "init", "-q", "--bare", "-b", "main", str(self.bare))
        git(self.folder, "init", "-q", "-b", "main", str(self.site))
        git(self.site, "remote", "add", "origin", str(self.bare))

    def settings(self, **more: Any) -> Settings:
        """Settings of a desk without a database."""
        return Settings.load(**{"home": self.folder, "site_dir": self.site, **more})

    def commit(self, **settings: Any) -> Committed:
        """`publish --git`, its last part."""
        return commit_site(self.settings(**settings))

    def lay(self, *numbers: int, **fields: Any) -> None:
        """Publishes posts into the site."""
        lay(self.site, {path(number): post(number, **fields) for number in numbers})

    def clone(self) -> Path:
        """The second writer's clone of the remote, made at first."""
        if not self.other.exists():
            git(self.folder, "clone", "-q", str(self.bare), str(self.other))
        return self.other

    def others_commit(self, files: Mapping[str, str]) -> None:
        """The second writer commits files and pushes them, whatever others push meanwhile."""
        other = self.clone()
        lay(other, dict(files))
        git(other, "add", "-A")
        git(other, "commit", "-q", "-m", "others: " + ", ".join(files))
        for _ in range(100):
            ended = subprocess.run(["git", "push", "-q"], cwd=other, capture_output=True, check=False)
            if not ended.returncode:
                return
            git(other, "pull", "-q", "--rebase")
        raise AssertionError("the second writer never got its turn")

    def log(self, revision: str = "HEAD", *more: str) -> list[str]:
        """Subjects of the commits, the newest first."""
        return git(self.site, "log", "--format=%s", revision, *more).splitlines()

    def remote_tree(self) -> dict[str, bytes]:
        """Path → bytes of what the remote has."""
        names = git(self.bare, "ls-tree", "-r", "-z", "--name-only", "main").split("\0")
        return {
            name: subprocess.run(
                ["git", "cat-file", "blob", f"main:{name}"], cwd=self.bare, capture_output=True, check=True
            ).stdout
            for name in names
            if name
        }

    def local_tree(self) -> dict[str, bytes]:
        """Path → bytes of the site folder."""
        return {
            each.relative_to(self.site).as_posix(): each.read_bytes()
            for each in sorted(self.site.rglob("*"))
            if each.is_file() and ".git" not in each.relative_to(self.site).parts
        }

    def sound(self) -> None:
        """Both repositories are whole, the site is clean, and nobody's work is half done."""
        for each in (self.site, self.bare):
            assert "error" not in git(each, "fsck", "--full", "--strict")
        assert git(self.site, "status", "--porcelain") == ""
        assert not [*(self.site / ".git").rglob("*.lock"), *(self.site / ".git").glob("finews-index")]


@contextmanager
def second_writer(repositories: Repositories, commits: int) -> Iterator[threading.Thread]:
    """Somebody who pushes commits without a pause, in a thread; ended when the block ends."""
    trouble: list[BaseException] = []

    def write() -> None:
        try:
            for number in range(commits):
                repositories.others_commit({f"notes/{number}.md": str(number)})
        except BaseException as error:  # noqa: BLE001 - told below
            trouble.append(error)

    thread = threading.Thread(target=write)
    thread.start()
    yield thread
    thread.join(120)
    assert not trouble, trouble
    assert not thread.is_alive()


def hook(folder: Path, name: str, script: str) -> None:
    """Puts a hook into a repository."""
    file = folder / "hooks" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    file.chmod(0o755)
