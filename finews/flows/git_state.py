"""What a killed run left in the repository, and how the next one mends it.

A run writes a mark before it changes anything, and takes it away when it is done. Git processes hold the run's lock
with it: who gets the lock and finds the mark knows that whatever lies about belongs to the dead.
"""

from __future__ import annotations

import time
from pathlib import Path

import psutil

from finews.flows.git import Git
from finews.schema.errors import BusyError

_PATIENCE = 10.0
"""Seconds that another's git, at work in the same folder, is waited for."""
_BUSY = "busy"


class Mark:
    """The mark in `file`: empty, `busy`, or `busy OLD NEW` while files are brought from commit OLD to NEW."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def words(self) -> list[str]:
        """What the mark says."""
        return self._file.read_text(encoding="utf-8").split() if self._file.exists() else []

    def set(self, *commits: str) -> None:
        """Marks work that begins."""
        self._file.write_text(" ".join((_BUSY, *commits)), encoding="utf-8")

    def clear(self) -> None:
        """Takes the mark away."""
        self._file.write_text("", encoding="utf-8")


def mend(git: Git, folder: Path, mark: Mark) -> None:
    """Takes away what a killed run left in git's `folder`, and finishes what it had begun with the files.

    Raises BusyError where another's git is at work.
    """
    words = mark.words()
    if words:
        _wait_for_others(git.folder)
        for lock in (*folder.glob("*.lock"), *(folder / "refs").rglob("*.lock")):
            lock.unlink(missing_ok=True)
    wait_for_index(folder)
    if len(words) == 3 and git("rev-parse", "HEAD") == words[1]:
        bring(git, words[1], words[2])


def bring(git: Git, old: str, new: str) -> None:
    """Brings the files that differ from commit `old` to `new`, whatever became of them half way, and the branch."""
    changed = git.raw("diff-tree", "-r", "-z", "--name-only", "--no-renames", old, new)
    gone = git.raw("diff-tree", "-r", "-z", "--name-only", "--no-renames", "--diff-filter=D", old, new)
    there = set(changed.split(b"\0")) - set(gone.split(b"\0"))
    read = ("--pathspec-from-file=-", "--pathspec-file-nul")
    if there:
        git(
            "--literal-pathspecs",
            "restore",
            "--staged",
            "--worktree",
            f"--source={new}",
            *read,
            given=b"\0".join(there),
        )
    if gone:
        git("--literal-pathspecs", "rm", "-q", "-f", "--ignore-unmatch", *read, given=gone)
    git("update-ref", "-m", "finews: on top of others' commits", "HEAD", new, old)


def wait_for_index(folder: Path) -> None:
    """Waits a little for another's git to leave the index; raises BusyError."""
    deadline = time.monotonic() + _PATIENCE
    while (lock := folder / "index.lock").exists():
        if time.monotonic() > deadline:
            raise BusyError(f"{lock} is there", advice="If no git is at work in the site, remove that file")
        time.sleep(0.1)


def _wait_for_others(site: Path) -> None:
    deadline = time.monotonic() + _PATIENCE
    while _git_in(site):
        if time.monotonic() > deadline:
            raise BusyError(
                f"another git is at work in {site}", advice="Run the command again once it is done"
            )
        time.sleep(0.2)


def _git_in(site: Path) -> bool:
    for process in psutil.process_iter(["name", "cwd"]):
        name, folder = process.info["name"] or "", process.info["cwd"] or ""
        if name.startswith("git") and Path(folder).is_relative_to(site.resolve()):
            return True
    return False
