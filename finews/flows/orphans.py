"""Post files on disk: which there are, and which must not be there any more."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path

from finews.flows.place import ARCHIVE, LIVE, place, today
from finews.flows.publish import remove_posts
from finews.schema.database import Database
from finews.schema.errors import SiteUnwritableError
from finews.schema.post_rows import paths_known
from finews.schema.settings import Settings
from finews.schema.tombstones import forgotten

_POST_NAME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})-(?:NW)?([0-9]{18})\.md", re.ASCII)
_BATCH = 500
_FEW, _SMALL_PART = 10, 0.1
"""So many orphans, or such a part of all post files, may be an accident; more is another site."""


def post_files(site: Path, first: date | None = None, last: date | None = None) -> Iterator[list[str]]:
    """Paths of the files that are named like an article's post, in batches; anything else is the owner's.

    `first` and `last` leave those whose name has a day between them, both included.
    """
    files = _post_files(site, str(first or date.min), str(last or date.max))
    while batch := list(islice(files, _BATCH)):
        yield batch


@dataclass(frozen=True, kw_only=True)
class Strays:
    """Posts without a row: of forgotten articles, removed; of unknown ones, set aside, or left where they lie."""

    removed: int = 0
    set_aside: int = 0
    left: int = 0


def clear_strays(
    database: Database,
    settings: Settings,
    first: date | None = None,
    last: date | None = None,
    *,
    posts: int | None = None,
) -> Strays:
    """Takes post files out of the site whose article has no row; of the days from `first` to `last` where named.

    Where it is known that all `posts` of the rows are there, and there are no more files, none needs to be looked
    up.

    Those of forgotten articles, which a kill left behind, are removed. The others go to `orphans` in the data
    folder: nothing is lost. Where they are many, they are left: the database is not this site's, or the site was
    there before it. Raises SiteUnwritableError.
    """
    if posts is not None and posts == sum(len(paths) for paths in post_files(settings.site, first, last)):
        return Strays()
    files = removed = strays = 0
    for paths in post_files(settings.site, first, last):
        files += len(paths)
        buried, unknown = _strays_among(database, paths)
        removed += remove_posts(settings, buried)
        strays += len(unknown)
    if not strays or strays > max(_FEW, files * _SMALL_PART):
        return Strays(removed=removed, left=strays)
    moved = 0
    try:
        # Read once more: of a large site no list of all strays is kept.
        for paths in post_files(settings.site, first, last):
            _, unknown = _strays_among(database, paths)
            moved += sum(_set_aside(settings.site / path, settings.data / "orphans") for path in unknown)
    except OSError as error:
        raise SiteUnwritableError(f"{settings.site} ({error.strerror or error})") from error
    return Strays(removed=removed, set_aside=moved)


def _strays_among(database: Database, paths: list[str]) -> tuple[list[str], list[str]]:
    """Those of these post files whose article is forgotten, and those whose article has no row otherwise."""
    with database.transaction() as connection:
        known = paths_known(connection, [_name(path) for path in paths])
        unknown = {path: code for path in paths if _first(path) not in known and (code := _code(path))}
        buried = forgotten(connection, list(unknown.values()))
    return (
        [path for path, code in unknown.items() if code in buried],
        [path for path, code in unknown.items() if code not in buried],
    )


def orphans_among(database: Database, settings: Settings, paths: list[str]) -> list[str]:
    """Those of these post files that belong to no row, or lie where their row's post does not belong."""
    day = today()
    with database.transaction() as connection:
        known = paths_known(connection, [_name(path) for path in paths])
    return [
        path
        for path in paths
        if (first := _first(path)) not in known or place(first, known[first], settings, day) != path
    ]


def _set_aside(file: Path, folder: Path) -> bool:
    folder.mkdir(parents=True, exist_ok=True)
    target, number = folder / file.name, 1
    while target.exists():
        number += 1
        target = folder / f"{file.stem}.{number}{file.suffix}"
    try:
        shutil.move(file, target)
    except FileNotFoundError:
        # Another process has moved or removed it meanwhile.
        return False
    return True


def _name(path: str) -> str:
    return path.partition("/")[2]


def _first(path: str) -> str:
    """Where it was first published, if it was."""
    return f"{LIVE}/{_name(path)}"


def _code(path: str) -> str | None:
    match = _POST_NAME.fullmatch(_name(path))
    return f"NW{match[2]}" if match else None


def day_in_name(path: str) -> date | None:
    """The day that a post file's name begins with; None for one that is not in the calendar."""
    try:
        return date.fromisoformat(_name(path)[:10])
    except ValueError:
        return None


def _post_files(site: Path, first: str, last: str) -> Iterator[str]:
    for folder in (LIVE, ARCHIVE):
        if (site / folder).is_dir():
            # Not `iterdir`, which reads the whole folder before it gives the first name.
            with os.scandir(site / folder) as entries:
                for entry in entries:
                    match = _POST_NAME.fullmatch(entry.name)
                    if match and first <= match[1] <= last:
                        yield f"{folder}/{entry.name}"
