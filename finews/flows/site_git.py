"""`publish --git`: the site's tree as one commit a run, pushed, and never more than that.

The site folder has to be the top of a repository of its own. In a folder of a bigger one, a push would send whatever
else was committed there, and making our commits again on top of others' would do the same to the owner's.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from finews.flows.category_pages import FOLDER
from finews.flows.file_lock import file_lock
from finews.flows.git import Git, words_of
from finews.flows.git_message import REMOVED, changes_of, media_in, media_on_disk, message
from finews.flows.git_rebase import on_top_of
from finews.flows.git_state import Mark, mend, wait_for_index
from finews.flows.place import ARCHIVE, LIVE
from finews.flows.program import Ended
from finews.flows.site_scaffold import MANIFEST
from finews.schema.errors import (
    FinewsError,
    GitConflictError,
    GitError,
    PushRejectedError,
    RemoteUnreachableError,
    RequestError,
)
from finews.schema.settings import Settings

TREE = (
    *(LIVE, ARCHIVE, FOLDER, MANIFEST, "emnews", "assets", "_config.yml"),
    *("_layouts", "_includes", "_plugins", "_data", "_sass"),
    *("index.html", "index.md", "404.html", "search.html", "search.json", "feed.xml", "robots.txt"),
    *("Gemfile", "Gemfile.lock", ".gitignore"),
)
"""What is committed of the site folder, where it is there: what finews and the scaffold put into it. Whatever else an
owner keeps in the folder is the owner's to commit."""
_NOT = (":(exclude,glob)**/.finews-[0-9a-f]*-[0-9]*-*",)
_TRIES = 8
"""Times that a push is tried; in between others may have pushed once more."""
_ADD_TRIES = 5
_FATAL = 128
"""Git's status where it could not even talk to the remote."""
_WAIT = 300.0
"""Seconds that a run waits for another one of the same site."""


@dataclass(frozen=True, kw_only=True)
class Committed:
    """The commit that a run made, None where nothing had changed; whether it moved the branch of the remote."""

    commit: str | None
    pushed: bool


def look_for_repository(settings: Settings) -> None:
    """Raises RequestError where the site could not be committed, before anything is done."""
    git = Git(settings.site)
    _repository(git, settings)
    _remote(git, settings)


def commit_site(settings: Settings) -> Committed:
    """Commits what changed in the site, and pushes what the remote lacks.

    Raises RequestError where the site is no repository, ProgramMissingError, BusyError, GitError, GitConflictError,
    PushRejectedError and RemoteUnreachableError; what was committed then goes with the next run.
    """
    git = Git(settings.site)
    folder = _repository(git, settings)
    remote = _remote(git, settings)
    git.person = _person(git, settings)
    with (
        file_lock(
            folder / "finews-run", seconds=_WAIT, busy=f"another run publishes {settings.site}"
        ) as lock,
        _marked(git.locked_by(lock), folder) as (held, mark),
    ):
        commit = _commit(held, folder)
        if commit is None and held.asked("rev-parse", "--verify", "-q", "HEAD") is None:
            return Committed(commit=None, pushed=False)
        pushed = bool(remote) and _push(held, settings, folder, mark)
        # On top of others' it is another commit than it was.
        return Committed(commit=held("rev-parse", "HEAD") if commit else None, pushed=pushed)


@contextmanager
def _marked(git: Git, folder: Path) -> Iterator[tuple[Git, Mark]]:
    mark = Mark(folder / "finews-mark")
    mend(git, folder, mark)
    mark.set()
    try:
        yield git, mark
    except FinewsError:
        if not git.was_killed:
            mark.clear()
        raise
    # After an interrupt the mark stays, as after a kill: what git left then is the next run's to clear away.
    mark.clear()


def _repository(git: Git, settings: Settings) -> Path:
    """Git's folder of the site's own repository."""
    site = settings.site
    advice = f"Make one there (`git -C {site} init -b main`, `git -C {site} remote add origin …`), or clone the site's"
    if not site.is_dir():
        raise RequestError(f"there is no site in {site}", advice="Publish an article first")
    ended = git.end("rev-parse", "--show-toplevel", "--absolute-git-dir")
    if ended.status:
        if "not a git repository" in ended.err:
            raise RequestError(f"{site} is no git repository", advice=advice)
        raise GitError(words_of(ended))
    top, folder = ended.out.decode("utf-8", "surrogateescape").splitlines()
    if Path(top).resolve() != site.resolve():
        raise RequestError(
            f"{site} lies within the git repository {top}, and has none of its own", advice=advice
        )
    return Path(folder)


def _remote(git: Git, settings: Settings) -> str:
    """The remote's name, empty where none was named and there is none; looked at before anything is done."""
    if git.asked("symbolic-ref", "-q", "--short", "HEAD") is None:
        raise RequestError(
            f"no branch is checked out in {settings.site}", advice="Check one out with `git switch`"
        )
    if git.asked("remote", "get-url", settings.git_remote) is not None:
        return settings.git_remote
    if settings.git_remote == type(settings).model_fields["git_remote"].default:
        return ""
    raise RequestError(
        f"the site's repository has no remote {settings.git_remote}", advice="See FINEWS_GIT_REMOTE"
    )


def _person(git: Git, settings: Settings) -> dict[str, str]:
    name = settings.git_name or git.asked("config", "user.name") or "finews"
    mail = settings.git_email or git.asked("config", "user.email") or "finews@localhost"
    return {
        f"GIT_{who}_{what}": value
        for who in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", name), ("EMAIL", mail))
    }


def _commit(git: Git, folder: Path) -> str | None:
    paths = [path for path in TREE if (git.folder / path).exists()]
    if missing := [path for path in TREE if path not in paths]:
        tracked = git("ls-files", "-z", "--", *missing).split("\0")
        paths += sorted({path.partition("/")[0] for path in tracked} - {""})
    if not paths:
        return None
    _add(git, folder, paths)
    listed = git.raw("diff", "--cached", "--name-status", "-z", "--no-renames", "--", *paths, *_NOT)
    if not listed:
        return None
    changes = changes_of(listed)
    removed = changes.posts.get(REMOVED)

    def media_of(posts: Sequence[str]) -> Iterator[str]:
        return _media_of_removed(git, posts) if posts is removed else media_on_disk(git.folder, posts)

    # Only what changed here, whatever else the owner has staged.
    touched = {path.partition(b"/")[0].decode() for path in listed.split(b"\0")[1::2]}
    git("commit", "-q", "--only", "-m", message(changes, media_of), "--", *sorted(touched), *_NOT)
    return git("rev-parse", "HEAD")


def _add(git: Git, folder: Path, paths: Sequence[str]) -> None:
    """Stages these paths; posts may come and move meanwhile, which git may stumble over."""
    for left in reversed(range(_ADD_TRIES)):
        ended = git.end("add", "-A", "--", *paths, *_NOT)
        if not ended.status:
            return
        if not left:
            raise GitError(words_of(ended))
        wait_for_index(folder)
        time.sleep(0.2)


def _media_of_removed(git: Git, paths: Sequence[str], at_a_time: int = 500) -> Iterator[str]:
    for start in range(0, len(paths), at_a_time):
        for path in paths[start : start + at_a_time]:
            with suppress(GitError):
                yield media_in(git.raw("cat-file", "blob", f"HEAD:{path}"))


def _push(git: Git, settings: Settings, folder: Path, mark: Mark) -> bool:
    """Pushes what the remote lacks; on top of what others pushed meanwhile. Returns whether anything was."""
    remote = settings.git_remote
    branch = settings.git_branch or git("symbolic-ref", "--short", "HEAD")
    known = git.asked("rev-parse", "--verify", "-q", f"refs/remotes/{remote}/{branch}")
    if known and known == git("rev-parse", "HEAD"):
        return False
    said = ""
    for attempt in range(_TRIES):
        ended = git.talk("push", "--porcelain", remote, f"HEAD:refs/heads/{branch}")
        if not ended.status:
            return not any(line.startswith("=") for line in ended.out.decode("utf-8", "replace").splitlines())
        if ended.status == _FATAL:
            raise RemoteUnreachableError(words_of(ended))
        if not _rejected(ended):
            # A hook of the owner's own, most likely.
            raise GitError(words_of(ended))
        said = words_of(ended)
        _catch_up(git, remote, branch, folder, mark)
        time.sleep(random.uniform(0.05, 0.2) * 2 ** min(attempt, 4))  # noqa: S311 - it spreads load
    raise PushRejectedError(f"{said} ({_TRIES} times)")


def _rejected(ended: Ended) -> bool:
    return any(line.startswith("!") for line in ended.out.decode("utf-8", "replace").splitlines())


def _catch_up(git: Git, remote: str, branch: str, folder: Path, mark: Mark) -> None:
    """Fetches the remote branch, and puts our commits on top of it where it has others."""
    ended = git.talk("fetch", "-q", "--no-tags", remote, f"refs/heads/{branch}")
    if ended.status:
        if "couldn't find remote ref" in ended.err:
            return
        raise RemoteUnreachableError(words_of(ended))
    old, theirs = git("rev-parse", "HEAD"), git("rev-parse", "FETCH_HEAD")
    new = on_top_of(git, theirs, folder / "finews-index")
    if new == old:
        return
    mark.set(old, new)
    git.end("update-index", "-q", "--refresh")
    ended = git.end("read-tree", "-m", "-u", old, new)
    if ended.status:
        raise GitConflictError(
            words_of(ended), advice="Commit or remove what is in the way, then publish again"
        )
    git("update-ref", "-m", "finews: on top of others' commits", "HEAD", new, old)
    mark.set()
