"""Post files on disk: which there are, and which must not be there any more."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from finews.flows.place import ARCHIVE, LIVE
from finews.flows.publish import remove_posts
from finews.schema.database import Database
from finews.schema.settings import Settings
from finews.schema.tombstones import forgotten

_POST_NAME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}-(?:NW)?([0-9]{18})\.md", re.ASCII)
_BATCH = 500


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


def _code(path: str) -> str | None:
    match = _POST_NAME.fullmatch(path.rpartition("/")[2])
    return f"NW{match[1]}" if match else None


def _post_files(site: Path) -> Iterator[str]:
    for folder in (LIVE, ARCHIVE):
        if (site / folder).is_dir():
            for path in (site / folder).iterdir():
                if _POST_NAME.fullmatch(path.name):
                    yield f"{folder}/{path.name}"
