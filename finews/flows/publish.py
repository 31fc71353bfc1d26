"""Rows → post files. A post appears whole or not at all: temporary file, fsync, rename."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from finews.flows.database_outage import lasting
from finews.flows.place import ARCHIVE, LIVE, other_place, place, today
from finews.flows.post import Post, render
from finews.flows.post_file import file_sign, is_as_noted
from finews.flows.progress import Progress
from finews.flows.site_file import remove_abandoned, replace_files, sync_folder, unwritable
from finews.schema.articles import count_articles
from finews.schema.database import Database
from finews.schema.post_rows import (
    PostPlace,
    fitting_codes,
    locked_posts_of,
    mark_published,
    next_places,
    unpublished,
)
from finews.schema.records import Outcome, PostRow, Result
from finews.schema.settings import Settings

_WITH_ROWS = frozenset({Outcome.NEW, Outcome.UPDATED, Outcome.UNCHANGED})

Mark = tuple[str, int, bytes, str]
"""infoCode, revision, SHA-256 of the post that lies on disk, sign of its file."""
_PLACES = 2000
"""Rows whose files are looked at in one go."""


@dataclass(frozen=True, kw_only=True)
class Written:
    """Post files written, found as they should be, and moved to the archive."""

    written: int = 0
    unchanged: int = 0
    archived: int = 0

    def __add__(self, other: Written) -> Written:
        return Written(
            written=self.written + other.written,
            unchanged=self.unchanged + other.unchanged,
            archived=self.archived + other.archived,
        )


def post_text(row: PostRow, settings: Settings) -> str:
    """The post of a row, as it lies on disk: the imported one while its text stands, else rendered."""
    if row.imported is not None:
        return row.imported.decode()
    return render(
        Post(
            title=row.title,
            moment=row.moment,
            category=row.category,
            media=row.media,
            rolling=row.rolling,
            body=row.body,
            digest=row.digest or None,
            link=row.link or settings.share_link(row.info_code),
            site_host=settings.site_host,
        )
    )


def publish_pending(database: Database, settings: Settings) -> Written:
    """Writes the posts of all rows whose newest revision lies on no disk yet.

    Rows that another publisher has in hand are its own. Raises SiteUnwritableError; rows that were not written
    stay pending for the next call.
    """
    total = Written()
    while True:
        with database.transaction() as connection:
            rows = unpublished(connection)
            if not rows:
                return total
            total += _publish(connection, rows, settings)


def publish_results(database: Database, settings: Settings, results: Sequence[Result]) -> Written:
    """Writes the posts of a batch of results, where they are not on disk already, byte for byte.

    Waits for another publisher that has one of the rows in hand: what a command tells is there when it tells
    it. Raises SiteUnwritableError.
    """
    return publish_codes(
        database, settings, [each.info_code for each in results if each.outcome in _WITH_ROWS]
    )


def publish_codes(database: Database, settings: Settings, codes: Sequence[str]) -> Written:
    """Writes the posts of these articles, as `publish_results` does; as many at a time as fit into memory."""
    total, after = Written(), ""
    while codes:
        with database.transaction() as connection:
            batch = fitting_codes(connection, codes, after)
            if not batch:
                break
            # Locked: an edit that comes in between must not be overwritten by what was read before it.
            total += _publish(connection, locked_posts_of(connection, batch), settings)
        after = batch[-1]
    return total


class ExpectedPost(NamedTuple):
    """A post as it should lie on disk, and whether its row knows that it does: which hash it noted.

    No record: a replay makes one of each article.
    """

    info_code: str
    path: str
    """Its first one."""
    moment: datetime
    content: bytes
    written: bool
    """Whether the row's newest revision was written."""
    noted: bytes | None


def expected_post(row: PostRow, settings: Settings) -> ExpectedPost:
    """What should lie on disk of a row."""
    return ExpectedPost(
        info_code=row.info_code,
        path=row.path,
        moment=row.moment,
        content=post_text(row, settings).encode(),
        written=row.published_revision == row.revision,
        noted=row.published_hash,
    )


def amiss(posts: Iterable[ExpectedPost], settings: Settings) -> list[str]:
    """Those that are not on disk as they should be, or whose row does not know that they are. Writes nothing."""
    site, day, found = str(settings.site), today(), []
    for code, first_path, moment, content, written, noted in posts:
        path = place(first_path, moment, settings, day)
        if (
            not written
            or noted != hashlib.sha256(content).digest()
            or not _holds(f"{site}/{path}", content)
            or os.access(f"{site}/{other_place(path)}", os.F_OK)
        ):
            found.append(code)
    return found


def publish_rows(
    database: Database, settings: Settings, progress: Progress, *, verify: bool = False
) -> dict[str, int]:
    """Brings every row's post file in line with it: `{written, unchanged, archived, removed}`.

    A post whose file is the one that was noted when it was written is taken to be right without being read; with
    `verify` each is read. `removed` counts half-written files that killed processes left. Raises
    SiteUnwritableError.
    """
    total, after = Written(), ""
    with database.transaction() as connection:
        progress.begin("publishing", count_articles(connection)[0])
    while True:
        places = lasting(database, settings, progress, partial(_next_places, database, after))
        if not places:
            break
        suspects = [code for code, *_ in places] if verify else _suspects(places, settings)
        total += Written(unchanged=len(places) - len(suspects))
        total += lasting(database, settings, progress, partial(publish_codes, database, settings, suspects))
        progress.advance(len(places))
        after = places[-1][0]
    return {
        "written": total.written,
        "unchanged": total.unchanged,
        "archived": total.archived,
        "removed": remove_half_written(settings),
    }


def _next_places(database: Database, after: str) -> list[PostPlace]:
    with database.transaction() as connection:
        return next_places(connection, after, _PLACES)


def _suspects(places: Iterable[PostPlace], settings: Settings) -> list[str]:
    """Those whose post is not the file that was noted, or lies in both folders."""
    site, day, found = str(settings.site), today(), []
    # A site without an archive has no post in two places: a look less at each.
    twice = all((settings.site / folder).is_dir() for folder in (LIVE, ARCHIVE))
    for code, first, moment, sign in places:
        path = place(first, moment, settings, day)
        if not is_as_noted(settings, path, sign) or (
            twice and os.access(f"{site}/{other_place(path)}", os.F_OK)
        ):
            found.append(code)
    return found


def _publish(connection: Any, rows: Sequence[PostRow], settings: Settings) -> Written:
    """Writes posts of locked rows, and notes what lies on disk; a post that lay there already writes no row."""
    written, marks = _write_posts(rows, settings)
    noted = {row.info_code: (row.published_revision, row.published_hash, row.published_file) for row in rows}
    mark_published(connection, [mark for mark in marks if noted[mark[0]] != mark[1:]])
    return written


def _write_posts(rows: Iterable[PostRow], settings: Settings) -> tuple[Written, list[Mark]]:
    day = today()
    posts = [
        (row, place(row.path, row.moment, settings, day), post_text(row, settings).encode()) for row in rows
    ]
    try:
        total = _put([(path, content) for _, path, content in posts], settings.site)
        marks = [
            (row.info_code, row.revision, hashlib.sha256(content).digest(), file_sign(settings, path))
            for row, path, content in posts
        ]
    except OSError as error:
        raise unwritable(settings.site, error) from error
    return total, marks


def _put(posts: Sequence[tuple[str, bytes]], site: Path) -> Written:
    """Has each content at its path in the site, and at that alone; what lies there already is not written."""
    wanting = {site / path: content for path, content in posts if not _holds(f"{site}/{path}", content)}
    folders = {target.parent for target in wanting}
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
    replace_files(wanting)
    moved = [path for path, _ in posts if os.access(f"{site}/{other_place(path)}", os.F_OK)]
    # The new place lasts before the old one is left: a kill in between leaves the post twice, never gone.
    for folder in folders | {(site / path).parent for path in moved}:
        sync_folder(folder)
    for path in moved:
        (site / other_place(path)).unlink()
    for folder in {(site / other_place(path)).parent for path in moved}:
        sync_folder(folder)
    archived = {site / path for path in moved if path.startswith(ARCHIVE)}
    return Written(
        written=len(wanting.keys() - archived), unchanged=len(posts) - len(wanting), archived=len(archived)
    )


def _holds(target: str, content: bytes) -> bool:
    # A replay asks this of every post there is: a file object would cost more than the reading, and one look for the
    # size is saved by reading one byte more.
    try:
        file = os.open(target, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        return os.read(file, len(content) + 1) == content
    finally:
        os.close(file)


def remove_posts(settings: Settings, paths: Sequence[str]) -> int:
    """Removes these files of the site where they are there; returns how many were. Raises SiteUnwritableError."""
    removed = 0
    try:
        for path in paths:
            target = settings.site / path
            if target.exists():
                target.unlink()
                sync_folder(target.parent)
                removed += 1
    except OSError as error:
        raise unwritable(settings.site, error) from error
    return removed


def remove_half_written(settings: Settings) -> int:
    """Removes half-written files that killed processes left; returns how many. Raises SiteUnwritableError."""
    try:
        return sum(remove_abandoned(settings.site / folder) for folder in (LIVE, ARCHIVE))
    except OSError as error:
        raise unwritable(settings.site, error) from error
