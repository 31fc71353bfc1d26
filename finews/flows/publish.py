"""Rows → post files. A post appears whole or not at all: temporary file, fsync, rename."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from finews.flows.place import ARCHIVE, LIVE, other_place, place, today
from finews.flows.post import Post, render
from finews.flows.progress import Progress
from finews.schema.articles import all_posts, count_articles, mark_published, posts_of, unpublished
from finews.schema.database import Database
from finews.schema.errors import SiteUnwritableError
from finews.schema.records import PostRow
from finews.schema.settings import Settings

_BATCH = 200
_TEMPORARY = re.compile(r"\.finews-([0-9]+)-.*", re.ASCII)
"""Names of half-written files, with the process that writes them; neither Jekyll nor a reader takes them."""

Mark = tuple[str, int, bytes]
"""infoCode, revision, SHA-256 of the post that lies on disk."""


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
    """The post of a row, as it lies on disk."""
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

    Raises SiteUnwritableError; rows that were not written stay pending for the next call.
    """
    total = Written()
    while True:
        with database.transaction() as connection:
            rows = unpublished(connection, _BATCH)
            if not rows:
                return total
            written, marks = _write_posts(rows, settings)
            mark_published(connection, marks)
        total += written


def publish_again(database: Database, settings: Settings, codes: Sequence[str]) -> Written:
    """Writes the posts of these articles where they are missing or changed on disk."""
    with database.transaction() as connection:
        written, marks = _write_posts(posts_of(connection, codes), settings)
        mark_published(connection, marks)
    return written


def publish_site(database: Database, settings: Settings, progress: Progress) -> dict[str, int]:
    """Brings every post file in line with its row: `{written, unchanged, archived, removed, categories}`.

    `removed` counts half-written files that killed processes left. A file that belongs to no row is not
    touched: it may be the owner's. Raises SiteUnwritableError.
    """
    total, categories = Written(), set()
    with database.transaction() as reading:
        progress.begin("publishing", count_articles(reading)[0])
        for rows in all_posts(reading):
            written, marks = _write_posts(rows, settings)
            before = {row.info_code: row.published_hash for row in rows}
            with database.transaction() as connection:
                mark_published(connection, [mark for mark in marks if before[mark[0]] != mark[2]])
            total += written
            categories |= {row.category for row in rows}
            progress.advance(len(rows))
    removed = sum(_remove_half_written(settings.site / folder) for folder in (LIVE, ARCHIVE))
    return {
        "written": total.written,
        "unchanged": total.unchanged,
        "archived": total.archived,
        "removed": removed,
        "categories": len(categories),
    }


def _write_posts(rows: Iterable[PostRow], settings: Settings) -> tuple[Written, list[Mark]]:
    marks: list[Mark] = []
    touched: set[Path] = set()
    total, day = Written(), today()
    try:
        for row in rows:
            content = post_text(row, settings).encode()
            path = place(row.path, row.moment, settings, day)
            total += _write_post(settings.site, path, content, touched)
            marks.append((row.info_code, row.revision, hashlib.sha256(content).digest()))
        for folder in touched:
            _sync_folder(folder)
    except OSError as error:
        raise _unwritable(settings, error) from error
    return total, marks


def _write_post(site: Path, path: str, content: bytes, touched: set[Path]) -> Written:
    target, former = site / path, site / other_place(path)
    written = not _holds(target, content)
    if written:
        if target.parent not in touched:
            target.parent.mkdir(parents=True, exist_ok=True)
        _replace(target, content)
        touched.add(target.parent)
    # The new place is written before the old one is left: a kill in between leaves the post twice, never gone.
    moved = former.exists()
    if moved:
        _sync_folder(target.parent)
        former.unlink()
        touched.add(former.parent)
    archived = moved and path.startswith(ARCHIVE)
    return Written(written=int(written and not archived), unchanged=int(not written), archived=int(archived))


def _holds(target: Path, content: bytes) -> bool:
    try:
        return target.stat().st_size == len(content) and target.read_bytes() == content
    except FileNotFoundError:
        return False


def _replace(target: Path, content: bytes) -> None:
    temporary = target.with_name(f".finews-{os.getpid()}-{target.name}")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def remove_posts(settings: Settings, paths: Sequence[str]) -> int:
    """Removes these files of the site where they are there; returns how many were. Raises SiteUnwritableError."""
    removed = 0
    try:
        for path in paths:
            target = settings.site / path
            if target.exists():
                target.unlink()
                _sync_folder(target.parent)
                removed += 1
    except OSError as error:
        raise _unwritable(settings, error) from error
    return removed


def _unwritable(settings: Settings, error: OSError) -> SiteUnwritableError:
    return SiteUnwritableError(
        f"{settings.site} ({error.strerror or error})",
        advice="Make room, or set FINEWS_SITE_DIR to a folder that can be written; the next run carries on",
    )


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove_half_written(folder: Path) -> int:
    removed = 0
    for path in folder.glob(".finews-*"):
        writer = _TEMPORARY.fullmatch(path.name)
        if writer and not psutil.pid_exists(int(writer[1])):
            path.unlink(missing_ok=True)
            removed += 1
    return removed
