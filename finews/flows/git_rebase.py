"""Our commits on top of others', while posts go on being written.

`git rebase` would take our posts out of the folder for a while, and refuse where somebody writes meanwhile. So our
commits are made again beside it, whole file by whole file, and only then the files that others changed are brought
into the folder. Posts are ours: a file that both sides changed differently is a conflict, and nothing was touched yet.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from finews.flows.git import Git
from finews.schema.errors import GitConflictError, GitError

_SHOWN = 10
_GONE = "0" * 6


@dataclass(frozen=True, kw_only=True)
class _Change:
    """A file in one commit: (mode, blob) before and after."""

    path: str
    before: tuple[str, str]
    after: tuple[str, str]


def on_top_of(git: Git, theirs: str, index: Path) -> str:
    """A commit that is `theirs` followed by those of HEAD that it lacks; no branch, file or index is changed.

    `index` is a file for git to work in. Raises GitConflictError with the files, and GitError.
    """
    base = git.asked("merge-base", "HEAD", theirs)
    if base is None:
        raise GitError(
            "the remote branch has another history than this site", advice="Was the right remote named?"
        )
    if base == git("rev-parse", theirs):
        return git("rev-parse", "HEAD")
    now = {change.path: change.after for change in _changes(git, base, theirs)}
    environment = {"GIT_INDEX_FILE": str(index)}
    index.unlink(missing_ok=True)
    try:
        git("read-tree", theirs, environment=environment)
        tip = theirs
        for line in git("rev-list", "--reverse", "--topo-order", "--parents", f"{theirs}..HEAD").splitlines():
            commit, parent, *further = line.split()
            if further:
                raise GitError(
                    f"{commit[:10]} is a merge that was never pushed", advice="Push it by hand first"
                )
            tip = _again(git, commit, parent, tip, now, environment)
    finally:
        index.unlink(missing_ok=True)
    return tip


def _again(
    git: Git,
    commit: str,
    parent: str,
    tip: str,
    now: dict[str, tuple[str, str]],
    environment: dict[str, str],
) -> str:
    """`commit` on top of `tip`, or `tip` where that has all of it; `now` is path → how it stands there."""
    wanted = [
        change
        for change in _changes(git, parent, commit)
        if now.get(change.path, change.before) != change.after
    ]
    if clashing := [change.path for change in wanted if now.get(change.path, change.before) != change.before]:
        more = f" and {len(clashing) - _SHOWN} more" if len(clashing) > _SHOWN else ""
        raise GitConflictError(
            ", ".join(clashing[:_SHOWN]) + more,
            advice="Settle it with git in the site folder, then publish again",
        )
    if not wanted:
        return tip
    lines = b"".join(
        f"{mode.removeprefix(_GONE) or 0} {blob}\t{change.path}\0".encode("utf-8", "surrogateescape")
        for change in wanted
        for mode, blob in [change.after]
    )
    git("update-index", "-z", "--index-info", given=lines, environment=environment)
    now |= {change.path: change.after for change in wanted}
    name, mail, moment = git("show", "-s", "--date=raw", "--format=%an%n%ae%n%ad", commit).splitlines()
    author = {"GIT_AUTHOR_NAME": name, "GIT_AUTHOR_EMAIL": mail, "GIT_AUTHOR_DATE": moment}
    return git(
        *("commit-tree", "-p", tip, "-F", "-", git("write-tree", environment=environment)),
        given=git.raw("log", "-1", "--format=%B", commit),
        environment=author,
    )


def _changes(git: Git, before: str, after: str) -> Iterator[_Change]:
    """The files that differ between two commits."""
    fields = iter(
        git.raw("diff-tree", "-r", "-z", "--raw", "--no-renames", before, after)
        .decode("utf-8", "surrogateescape")
        .split("\0")
    )
    for head in fields:
        if head:
            old_mode, mode, old_blob, blob, _ = head.removeprefix(":").split(" ")
            yield _Change(path=next(fields), before=(old_mode, old_blob), after=(mode, blob))
