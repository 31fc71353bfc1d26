"""What a doctor looks at on this machine: folders, room, leftovers, programs, a Prefect server."""

from __future__ import annotations

import os
import pwd
import shutil
import tempfile
import urllib.error
import urllib.request
from pathlib import Path
from typing import Final

from finews.flows.check import Check, well, worth_knowing, wrong
from finews.flows.place import ARCHIVE, LIVE
from finews.flows.site_file import abandoned
from finews.schema.embedded import left_behind
from finews.schema.errors import ProgramMissingError
from finews.schema.pg_programs import programs
from finews.schema.settings import Settings

_LITTLE_ROOM: Final = 2**30
_NO_ROOM: Final = 100 * 2**20


def check_folder(name: str, folder: Path, setting: str) -> list[Check]:
    """Whether a folder is there, can be written by this user, and has room."""
    if not folder.exists():
        nearest = next(each for each in folder.parents if each.exists())
        if reason := _unwritable(nearest):
            return [
                wrong(
                    name, f"{folder} cannot be made: {nearest} {reason}", f"Set {setting}, or make the folder"
                )
            ]
        return [worth_knowing(name, f"{folder} is not there yet; the first command makes it")]
    if not folder.is_dir():
        return [wrong(name, f"{folder} is no folder", f"Set {setting} to a folder")]
    owner, mine = _name_of(folder.stat().st_uid), _name_of(os.geteuid())
    if reason := _unwritable(folder):
        mend = f"Make room, let {mine} write there, or set {setting}"
        return [wrong(name, f"{folder} {reason}; it belongs to {owner}, and this is {mine}", mend)]
    free = shutil.disk_usage(folder).free
    told = f"{folder}: {_size(free)} free"
    if free < _NO_ROOM:
        return [wrong(name, told, "Make room: at less the database stops")]
    if free < _LITTLE_ROOM:
        return [
            worth_knowing(
                name, told, "Make room before the database needs it; see `finews retention --dry-run`"
            )
        ]
    if owner != mine:
        return [
            worth_knowing(
                name, f"{told}; it belongs to {owner}, and this is {mine}", "Run finews as one user"
            )
        ]
    return [well(name, told)]


def check_leftovers(settings: Settings) -> list[Check]:
    """Half-written files of processes that were killed."""
    found = [each for folder in (LIVE, ARCHIVE) for each in abandoned(settings.site / folder)]
    if found:
        return [
            worth_knowing(
                "leftover files", f"{len(found)} half-written posts", "`finews publish` removes them"
            )
        ]
    return [well("leftover files", "none")]


def check_left_server(settings: Settings) -> list[Check]:
    """An embedded server that a killed process left running."""
    name = "embedded server"
    if settings.database_url is not None:
        return [well(name, "not used: FINEWS_DATABASE_URL is set")]
    process = left_behind(settings.data)
    if process is not None:
        found = f"process {process} was left behind by a killed command"
        return [worth_knowing(name, found, "Nothing is to be done: the next command that ends stops it")]
    return [well(name, "none left behind")]


def check_backup_programs(version: int) -> list[Check]:
    """Whether `backup` has a pg_dump that knows a server of this version (0: any)."""
    try:
        found = programs(version)
    except ProgramMissingError as error:
        return [
            worth_knowing("backup programs", f"no {error.detail}", f"{error.advice}, or `backup` cannot work")
        ]
    return [well("backup programs", f"pg_dump {found.version} in {found.folder}")]


def check_site_programs() -> list[Check]:
    """Jekyll and git, which only `publish --build` and `--git` need."""
    found = []
    for name, wanted in (("jekyll", "publish --build"), ("git", "publish --git")):
        path = shutil.which(name)
        if path:
            found.append(well(name, path))
        else:
            found.append(
                worth_knowing(name, "not installed", f"`finews {wanted}` needs it, nothing else does")
            )
    return found


def check_prefect() -> list[Check]:
    """Whether the Prefect server answers, where one is configured."""
    api = os.environ.get("PREFECT_API_URL", "")
    if not api:
        return [well("prefect", "not configured: commands do their work themselves")]
    shown = api.rpartition("@")[2]
    mend = "Start it, or unset PREFECT_API_URL: then commands do their work themselves"
    if not api.startswith(("http://", "https://")):
        return [wrong("prefect", f"PREFECT_API_URL is no address: {shown}", mend)]
    try:
        with urllib.request.urlopen(f"{api.rstrip('/')}/health", timeout=10):  # noqa: S310 - http only, see above
            pass
    except urllib.error.HTTPError as error:
        if error.code not in (401, 403):
            return [wrong("prefect", f"{shown} answers with {error.code}", f"Is it Prefect's API? {mend}")]
    except (OSError, ValueError) as error:
        return [wrong("prefect", f"{shown} does not answer ({getattr(error, 'reason', error)})", mend)]
    return [well("prefect", f"{shown} answers")]


def _unwritable(folder: Path) -> str:
    """Why nothing can be written in the folder, empty where it can: tried, for rights alone do not tell."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return ""
    except OSError as error:
        return f"cannot be written ({error.strerror or error})"


def _name_of(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"user {user}"


def _size(number: int) -> str:
    return f"{number / 2**30:.1f} GiB"
