"""`reconcile`: rows against the site, without a request. Reads any number of rows a batch at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from finews.flows.orphans import orphans_among, post_files
from finews.flows.place import place, today
from finews.flows.publish import post_text
from finews.schema.articles import next_codes, posts_of
from finews.schema.database import Database
from finews.schema.errors import SiteUnwritableError
from finews.schema.records import PostRow
from finews.schema.settings import Settings


@dataclass(kw_only=True)
class Reconciliation:
    """Rows and posts side by side; the lists hold paths relative to the site."""

    rows: int = 0
    posts: int = 0
    missing_posts: list[str] = field(default_factory=list)
    orphan_posts: list[str] = field(default_factory=list)
    changed_posts: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether every row has its post, and every post its row."""
        return not (self.missing_posts or self.orphan_posts or self.changed_posts)

    def as_json(self) -> dict[str, Any]:
        """The object that `--json` prints."""
        return {
            "rows": self.rows,
            "posts": self.posts,
            "missing_posts": self.missing_posts,
            "orphan_posts": self.orphan_posts,
            "changed_posts": self.changed_posts,
        }


def reconcile(database: Database, settings: Settings) -> Reconciliation:
    """Compares every row's post with the file on disk, and every file with the rows; changes nothing.

    A file counts as an orphan when it is named like a post of an article that has no row; a post in both the
    live folder and the archive is an orphan where it should not be. Raises SiteUnwritableError.
    """
    found, day = Reconciliation(), today()
    try:
        for rows in _rows(database):
            found.rows += len(rows)
            for row in rows:
                path = place(row.path, row.moment, settings, day)
                content = _content(settings.site / path)
                if content is None:
                    found.missing_posts.append(path)
                elif content != post_text(row, settings).encode():
                    found.changed_posts.append(path)
        for paths in post_files(settings.site):
            found.posts += len(paths)
            found.orphan_posts += orphans_among(database, settings, paths)
    except OSError as error:
        raise SiteUnwritableError(f"{settings.site} ({error.strerror or error})") from error
    found.orphan_posts.sort()
    return found


def _rows(database: Database) -> Iterator[list[PostRow]]:
    """Every row, a batch and a transaction at a time: nothing is held open over the site's whole length."""
    after = ""
    while True:
        with database.transaction() as connection:
            codes = next_codes(connection, after)
            rows = posts_of(connection, codes)
        if not codes:
            return
        yield rows
        after = codes[-1]


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
