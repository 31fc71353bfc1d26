"""The Jekyll scaffold of the site: laid where it is missing, kept up to date where nobody has changed it.

The manifest in the site folder says which bytes of which file are ours: those that we laid, and those that we are
about to lay. It is written before the files and once more after them, so that a kill in between leaves no doubt:
whatever has other bytes is the owner's.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template
from typing import Any

from finews.flows.front_matter import quoted
from finews.flows.site_file import remove_abandoned, replace_file, sync_folder, unwritable
from finews.schema.settings import Settings

MANIFEST = ".finews-scaffold.json"
_CONFIGURATION = "_config.yml"
_NO_FILE_OF_OURS = "no plain file"
"""Stands for the hash of a folder, a link or whatever else has a name of ours."""


class Step(StrEnum):
    """What becomes of a file of the scaffold."""

    WRITE = "write"
    UPDATE = "update"
    NOTHING = "nothing"
    KEEP = "keep"
    LEAVE_OUT = "leave out"


@dataclass(frozen=True, kw_only=True)
class Laid:
    """Paths relative to the site, in order: written, updated, kept as the owner has them, left deleted."""

    written: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """Path → SHA-256 in hexadecimal: of what was laid, and of what was about to be laid at the last sign of life."""

    laid: Mapping[str, str]
    intended: Mapping[str, str]


def is_for_us(site: Path) -> bool:
    """Whether the scaffold may be laid: into a site that has it, or that nobody has set up as one yet."""
    return (site / MANIFEST).exists() or not (site / _CONFIGURATION).exists()


def lay_scaffold(settings: Settings) -> Laid:
    """Brings the scaffold into the site folder, or up to date there; a second call writes nothing.

    What the owner changed, or had there before, is left as it is, and what the owner deleted is not brought back.
    Raises SiteUnwritableError; then the next call carries on.
    """
    site = settings.site
    try:
        site.mkdir(parents=True, exist_ok=True)
        with _alone(site):
            return _lay(site, scaffold(settings))
    except OSError as error:
        raise unwritable(site, error) from error


def scaffold(settings: Settings) -> dict[str, bytes]:
    """The files of the scaffold by path relative to the site, with these settings in its configuration."""
    files = dict(_files(resources.files("finews").joinpath("site")))
    host, _, path = settings.site_host.partition("/")
    values = {"url": quoted(f"https://{host}"), "baseurl": quoted(f"/{path}" if path else "")}
    files[_CONFIGURATION] = Template(files[_CONFIGURATION].decode()).substitute(values).encode()
    return files


def decide(*, disk: str | None, laid: str | None, intended: str | None, wanted: str) -> Step:
    """What to do about one file, from four hashes: on disk, once laid, about to be laid when a kill came, wanted."""
    if disk is None:
        return Step.WRITE if laid is None else Step.LEAVE_OUT
    if disk == wanted:
        return Step.NOTHING
    return Step.UPDATE if disk in (laid, intended) else Step.KEEP


def _lay(site: Path, files: Mapping[str, bytes]) -> Laid:
    for folder in {(site / path).parent for path in files}:
        if folder.is_dir():
            remove_abandoned(folder)
    manifest = _read_manifest(site)
    wanted = {path: _hash(content) for path, content in files.items()}
    disk = {path: _on_disk(site / path) for path in files}
    steps = {
        path: decide(
            disk=disk[path],
            laid=manifest.laid.get(path),
            intended=manifest.intended.get(path),
            wanted=wanted[path],
        )
        for path in sorted(files)
    }
    # What was about to be laid and is there was laid, whatever the owner has made of it since.
    laid = {path: each for path, each in manifest.intended.items() if disk.get(path)} | dict(manifest.laid)
    laid |= {path: old for path, old in disk.items() if old and steps[path] in (Step.NOTHING, Step.UPDATE)}
    if to_do := [path for path, step in steps.items() if step in (Step.WRITE, Step.UPDATE)]:
        # Of what is updated both hashes are ours for now: the old one until the file is replaced.
        intended = {path: wanted[path] for path in to_do}
        manifest = _note(site, manifest, Manifest(laid=laid, intended=intended))
        for path in to_do:
            if not _put(site / path, files[path], expected=disk[path]):
                steps[path] = Step.KEEP
        for folder in {folder for path in to_do for folder in (site, (site / path).parent)}:
            sync_folder(folder)
        laid |= {path: wanted[path] for path in to_do if steps[path] is not Step.KEEP}
    _note(site, manifest, Manifest(laid=laid, intended={}))
    return Laid(
        written=_which(steps, Step.WRITE),
        updated=_which(steps, Step.UPDATE),
        kept=_which(steps, Step.KEEP),
        left_out=_which(steps, Step.LEAVE_OUT),
    )


def _which(steps: Mapping[str, Step], wanted: Step) -> tuple[str, ...]:
    return tuple(path for path, step in steps.items() if step is wanted)


def _put(target: Path, content: bytes, *, expected: str | None) -> bool:
    """Writes a file, unless its place has changed since it was looked at; returns whether it did."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if _on_disk(target) != expected:
        return False
    replace_file(target, content)
    return True


def _on_disk(path: Path) -> str | None:
    """The hash of the file there; None where there is nothing."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return _NO_FILE_OF_OURS
        return _hash(path.read_bytes())
    except FileNotFoundError:
        return None
    except NotADirectoryError:
        return _NO_FILE_OF_OURS


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _read_manifest(site: Path) -> Manifest:
    """What the site's manifest says; one that is missing or no manifest says nothing."""
    try:
        told = json.loads((site / MANIFEST).read_bytes())
    except FileNotFoundError:
        return Manifest(laid={}, intended={})
    except ValueError:
        told = None
    laid, intended = (
        _hashes(told.get(key)) if isinstance(told, dict) else {} for key in ("laid", "intended")
    )
    return Manifest(laid=laid, intended=intended)


def _hashes(told: Any) -> dict[str, str]:
    return (
        {path: each for path, each in told.items() if isinstance(each, str)} if isinstance(told, dict) else {}
    )


def _note(site: Path, before: Manifest, after: Manifest) -> Manifest:
    """Writes the manifest where it says something new."""
    if after != before:
        told = {"laid": after.laid, "intended": after.intended}
        replace_file(site / MANIFEST, json.dumps(told, indent=1, sort_keys=True).encode() + b"\n")
        sync_folder(site)
    return after


def _files(folder: Traversable, above: str = "") -> Iterator[tuple[str, bytes]]:
    for each in folder.iterdir():
        if each.is_dir():
            yield from _files(each, f"{above}{each.name}/")
        else:
            yield f"{above}{each.name}", each.read_bytes()


@contextmanager
def _alone(site: Path) -> Iterator[None]:
    """One process at a time: two that lay at once would each miss in the manifest what the other laid."""
    handle = os.open(site, os.O_RDONLY)
    try:
        # Some network file systems lock no folder; there the site has one publisher.
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
