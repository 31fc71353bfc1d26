"""Files of the site: each appears whole or not at all, by temporary file, fsync and rename."""

from __future__ import annotations

import hashlib
import os
import re
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from itertools import islice
from pathlib import Path

from finews.schema.errors import SiteUnwritableError

_HERE = hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]
_TEMPORARY = re.compile(r"\.finews-([0-9a-f]{8})-([0-9]+)-.*", re.ASCII | re.DOTALL)
"""Names of half-written files, with the machine and process that write them; neither Jekyll nor a reader takes
them."""
_ABANDONED_AFTER = 600.0
"""Seconds after which a half-written file of another machine is nobody's: writing one takes milliseconds."""
_TOGETHER = 128
"""Files that are open and made to last at a time: a file system commits once for all that wait for it."""


def replace_file(target: Path, content: bytes) -> None:
    """Puts `content` at `target`, whose folder is there; `sync_folder` makes it last. Raises OSError."""
    replace_files({target: content})


def replace_files(files: Mapping[Path, bytes]) -> None:
    """Puts each content at its target, whose folder is there; `sync_folder` makes it last.

    Raises the OSError of the first that could not be written; the others are in their place then.
    """
    temporary = {target: half_written(target) for target in files}
    failed: OSError | None = None
    try:
        contents = {temporary[target]: content for target, content in files.items()}
        for target, error in zip(temporary, _written(contents), strict=True):
            if error is None:
                temporary[target].replace(target)
            failed = failed or error
        if failed:
            raise failed
    except BaseException:
        for each in temporary.values():
            each.unlink(missing_ok=True)
        raise


def _written(files: Mapping[Path, bytes]) -> Iterator[OSError | None]:
    """Writes each file for good, some together; in their order, what kept it from being written."""
    waiting = iter(files.items())
    while some := list(islice(waiting, _TOGETHER)):
        yield from _written_together(some)


def _written_together(files: Sequence[tuple[Path, bytes]]) -> list[OSError | None]:
    with ExitStack() as open_files:
        begun = [_begun(file, content, open_files) for file, content in files]
        for each in begun:
            if not isinstance(each, OSError):
                _begin_to_store(each)
        return [each if isinstance(each, OSError) else _error_of_storing(each) for each in begun]


def _begun(file: Path, content: bytes, open_files: ExitStack) -> int | OSError:
    """A file with this content that is not on disk yet: its descriptor, open as long as `open_files` are."""
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
        open_files.callback(os.close, handle)
        view = memoryview(content)
        while view:
            view = view[os.write(handle, view) :]
    except OSError as error:
        return error
    return handle


def _begin_to_store(handle: int) -> None:
    # What is not needed in memory any more is written first (Linux, `mm/fadvise.c`): all of them at once, so that each
    # fsync waits for what is on its way. A system without this is slower, and nothing else.
    if hasattr(os, "posix_fadvise"):
        with suppress(OSError):
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)


def _error_of_storing(handle: int) -> OSError | None:
    try:
        os.fsync(handle)
    except OSError as error:
        return error
    return None


def half_written(target: Path) -> Path:
    """Where what becomes `target` is written first; `remove_abandoned` knows it when its writer is killed."""
    return target.with_name(f".finews-{_HERE}-{os.getpid()}-{target.name}")


def sync_folder(folder: Path) -> None:
    """Makes last what was put into the folder, or taken out of it. Raises OSError."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove_abandoned(folder: Path) -> int:
    """Removes what killed processes left half-written in the folder; returns how many files. Raises OSError."""
    found = abandoned(folder)
    for path in found:
        path.unlink(missing_ok=True)
    return len(found)


def abandoned(folder: Path) -> list[Path]:
    """Half-written files in the folder whose writer is gone. Raises OSError."""
    return [path for path in folder.glob(".finews-*") if _is_abandoned(path)]


def unwritable(site: Path, error: OSError) -> SiteUnwritableError:
    """What an operator is told when a file of the site cannot be read, written or removed."""
    return SiteUnwritableError(
        f"{site} ({error.strerror or error})",
        advice="Make room, or set FINEWS_SITE_DIR to a folder that can be written; the next run carries on",
    )


def _is_abandoned(path: Path) -> bool:
    written_by = _TEMPORARY.fullmatch(path.name)
    if written_by is None:
        return False
    if written_by[1] == _HERE:
        # Not on the way in: it takes a fifteenth of what a replay's worker takes to start.
        import psutil

        return not psutil.pid_exists(int(written_by[2]))
    return time.time() - path.stat().st_mtime > _ABANDONED_AFTER
