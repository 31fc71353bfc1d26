"""Post files on disk: which there are, and which must not be there any more."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from finews.flows.place import ARCHIVE, LIVE, place, today
from finews.flows.publish import remove_posts
from finews.schema.articles import paths_known
from finews.schema.database import Database
from finews.schema.errors import SiteUnwritableError
from finews.schema.settings import Settings
from finews.schema.tombstones import forgotten

_POST_NAME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}-(?:NW)?([0-9]{18})\.md", re.ASCII)
_BATCH = 500
_FEW, _SMALL_PART = 10, 0.1
"""So many orphans, or such a part of all post files, may be an accident; more is another site."""


def post_files(site: Path) -> Iterator[list[str]]:
    """Paths of the files that are named like an article's post, in batches; anything else is the owner's."""
    files = _post_files(site)
    while batch := list(islice(files, _BATCH)):
        yield batch


def remove_forgotten(database: Database, settings: Settings) -> int:
    """Removes posts of forgotten articles that a kill left behind; returns how many."""
    removed = 0
    for paths in post_files(settings.site):
        codes = {path: code for path in paths if (code := _code(path))}
        with database.transaction() as connection:
            buried = forgotten(connection, list(codes.values()))
        removed += remove_posts(settings, [path for path, code in codes.items() if code in buried])
    return removed


def set_aside_orphans(database: Database, settings: Settings) -> tuple[int, int]:
    """Moves post files that belong to no row out of the site; returns how many were moved, and how many were left.

    They go to `orphans` in the data folder: nothing is lost. Where they are many, nothing is moved: the database
    is not this site's, or the site was there before it. Raises SiteUnwritableError.
    """
    orphans, files = [], 0
    for paths in post_files(settings.site):
        files += len(paths)
        orphans += orphans_among(database, settings, paths)
    if len(orphans) > max(_FEW, files * _SMALL_PART):
        return 0, len(orphans)
    try:
        for path in orphans:
            _set_aside(settings.site / path, settings.data / "orphans")
    except OSError as error:
        raise SiteUnwritableError(f"{settings.site} ({error.strerror or error})") from error
    return len(orphans), 0


def orphans_among(database: Database, settings: Settings, paths: list[str]) -> list[str]:
    """Those of these post files that belong to no row, or lie where their row's post does not belong."""
    day = today()
    with database.transaction() as connection:
        known = paths_known(connection, {path.partition("/")[2] for path in paths})
    first = {path: f"{LIVE}/{path.partition('/')[2]}" for path in paths}
    return [
        path
        for path in paths
        if first[path] not in known or place(first[path], known[first[path]], settings, day) != path
    ]


def _set_aside(file: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    target, number = folder / file.name, 1
    while target.exists():
        number += 1
        target = folder / f"{file.stem}.{number}{file.suffix}"
    shutil.move(file, target)


def _code(path: str) -> str | None:
    match = _POST_NAME.fullmatch(path.rpartition("/")[2])
    return f"NW{match[1]}" if match else None


def _post_files(site: Path) -> Iterator[str]:
    for folder in (LIVE, ARCHIVE):
        if (site / folder).is_dir():
            for path in (site / folder).iterdir():
                if _POST_NAME.fullmatch(path.name):
                    yield f"{folder}/{path.name}"
