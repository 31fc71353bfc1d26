"""`reconcile`: rows against the site, without a request. Reads any number of rows a batch at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from finews.flows.orphans import post_files
from finews.flows.place import LIVE, place, today
from finews.flows.publish import post_text
from finews.schema.articles import all_posts, names_known
from finews.schema.database import Database
from finews.schema.errors import SiteUnwritableError
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
        with database.transaction() as connection:
            for rows in all_posts(connection):
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
                names = {path.partition("/")[2] for path in paths}
                known = {row.path: row for row in names_known(connection, names)}
                for path in paths:
                    row_of_file = known.get(f"{LIVE}/{path.partition('/')[2]}")
                    if (
                        row_of_file is None
                        or place(row_of_file.path, row_of_file.moment, settings, day) != path
                    ):
                        found.orphan_posts.append(path)
    except OSError as error:
        raise SiteUnwritableError(f"{settings.site} ({error.strerror or error})") from error
    found.orphan_posts.sort()
    return found


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
