"""Files of the site: each appears whole or not at all, by temporary file, fsync and rename."""

from __future__ import annotations

import hashlib
import os
import re
import socket
import time
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from finews.schema.errors import SiteUnwritableError

_HERE = hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]
_TEMPORARY = re.compile(r"\.finews-([0-9a-f]{8})-([0-9]+)-.*", re.ASCII | re.DOTALL)
"""Names of half-written files, with the machine and process that write them; neither Jekyll nor a reader takes
them."""
_ABANDONED_AFTER = 600.0
"""Seconds after which a half-written file of another machine is nobody's: writing one takes milliseconds."""
_TOGETHER = 8
"""Files that are made to last at a time: a file system commits once for all that wait for it."""


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
        for target, error in zip(temporary, _written(temporary.values(), files.values()), strict=True):
            if error is None:
                temporary[target].replace(target)
            failed = failed or error
        if failed:
            raise failed
    except BaseException:
        for each in temporary.values():
            each.unlink(missing_ok=True)
        raise


def _written(files: Collection[Path], contents: Collection[bytes]) -> list[OSError | None]:
    if len(files) < 2:
        return list(map(_error_of_writing, files, contents))
    with ThreadPoolExecutor(min(_TOGETHER, len(files)), "files") as threads:
        return list(threads.map(_error_of_writing, files, contents))


def _error_of_writing(file: Path, content: bytes) -> OSError | None:
    try:
        _write_for_good(file, content)
    except OSError as error:
        return error
    return None


def _write_for_good(file: Path, content: bytes) -> None:
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    try:
        view = memoryview(content)
        while view:
            view = view[os.write(handle, view) :]
        os.fsync(handle)
    finally:
        os.close(handle)


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
