"""Files of the site: each appears whole or not at all, by temporary file, fsync and rename."""

from __future__ import annotations

import hashlib
import os
import re
import socket
import time
from pathlib import Path

import psutil

from finews.schema.errors import SiteUnwritableError

_HERE = hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]
_TEMPORARY = re.compile(r"\.finews-([0-9a-f]{8})-([0-9]+)-.*", re.ASCII | re.DOTALL)
"""Names of half-written files, with the machine and process that write them; neither Jekyll nor a reader takes
them."""
_ABANDONED_AFTER = 600.0
"""Seconds after which a half-written file of another machine is nobody's: writing one takes milliseconds."""


def replace_file(target: Path, content: bytes) -> None:
    """Puts `content` at `target`, whose folder is there; `sync_folder` makes it last. Raises OSError."""
    temporary = half_written(target)
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


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
        return not psutil.pid_exists(int(written_by[2]))
    return time.time() - path.stat().st_mtime > _ABANDONED_AFTER
