"""Rows against post files, and post files against rows, a batch at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path

from finews.flows.database_outage import lasting
from finews.flows.orphans import day_in_name, orphans_among, post_files
from finews.flows.place import place, today
from finews.flows.progress import Progress
from finews.flows.publish import post_text
from finews.schema.articles import count_articles
from finews.schema.database import Database
from finews.schema.errors import SiteUnwritableError
from finews.schema.post_rows import next_codes, posts_of
from finews.schema.records import CHINA, PostRow
from finews.schema.settings import Settings
from finews.spiders.search_range import Range, days


@dataclass(kw_only=True)
class PostComparison:
    """Rows and posts side by side. The lists hold paths relative to the site, no more of each than were wished for.

    `counts` has the true number of each list by its name. A row's post counts for the day of its row, an orphan for
    the day in its name.
    """

    rows: int = 0
    posts: int = 0
    missing_posts: list[str] = field(default_factory=list)
    orphan_posts: list[str] = field(default_factory=list)
    changed_posts: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    posts_by_day: Counter[date] = field(default_factory=Counter)


def compare_posts(
    database: Database,
    settings: Settings,
    progress: Progress,
    *,
    first: date | None,
    last: date | None,
    most: int,
) -> PostComparison:
    """Compares every row's post with the file on disk, and every file with the rows; changes nothing.

    A file counts as an orphan when it is named like a post of an article that has no row; a post in both the
    live folder and the archive is an orphan where it should not be. Raises SiteUnwritableError.
    """
    found = PostComparison()
    try:
        _compare_rows(database, settings, progress, days(first, last), found, most)
        for paths in post_files(settings.site, first, last):
            orphans = lasting(database, settings, progress, partial(orphans_among, database, settings, paths))
            found.posts += len(orphans)
            found.posts_by_day.update(day for path in orphans if (day := day_in_name(path)))
            found.counts["orphan_posts"] += len(orphans)
            found.orphan_posts += orphans[: most - len(found.orphan_posts)]
    except OSError as error:
        raise SiteUnwritableError(f"{settings.site} ({error.strerror or error})") from error
    found.orphan_posts.sort()
    return found


def _compare_rows(
    database: Database, settings: Settings, progress: Progress, span: Range, found: PostComparison, most: int
) -> None:
    wrong: list[tuple[str, _Look]] = []
    with database.transaction() as connection:
        number = count_articles(connection)[0]
    progress.begin("comparing", None if span.since or span.until else number)
    for rows in _rows(database, settings, progress, span):
        for row in rows:
            look = _look(row, settings)
            found.rows += 1
            found.counts[look.how] += 1
            if look.how == _RIGHT or look.how == "changed_posts":
                found.posts_by_day[look.day] += 1
            if look.how != _RIGHT and len(wrong) < most:
                wrong.append((row.info_code, look))
        progress.advance(len(rows))
    if found.rows - found.counts[_RIGHT] <= most:
        wrong = [(code, _second_look(database, settings, found, code, look)) for code, look in wrong]
    found.posts = found.posts_by_day.total()
    found.missing_posts = [look.path for _, look in wrong if look.how == "missing_posts"]
    found.changed_posts = [look.path for _, look in wrong if look.how == "changed_posts"]


_RIGHT = "right"


@dataclass(frozen=True, kw_only=True)
class _Look:
    """A row's post as it was found: where it belongs, the day of its row, and what is wrong with it."""

    how: str
    path: str
    day: date


def _look(row: PostRow, settings: Settings) -> _Look:
    path = place(row.path, row.moment, settings, today())
    content = _content(settings.site / path)
    if content is None:
        how = "missing_posts"
    else:
        how = _RIGHT if content == post_text(row, settings).encode() else "changed_posts"
    return _Look(how=how, path=path, day=row.moment.astimezone(CHINA).date())


def _second_look(
    database: Database, settings: Settings, found: PostComparison, code: str, before: _Look
) -> _Look:
    """Looks once more: a worker may have had the post in hand when the row was read."""
    with database.transaction() as connection:
        rows = posts_of(connection, [code])
    # Without a row it was forgotten meanwhile, and needs no post.
    now = _look(rows[0], settings) if rows else _Look(how=_RIGHT, path=before.path, day=before.day)
    found.counts[before.how] -= 1
    found.counts[now.how] += 1
    if before.how == "missing_posts" and now.how != "missing_posts" and rows:
        found.posts_by_day[now.day] += 1
    return now


def _rows(database: Database, settings: Settings, progress: Progress, span: Range) -> Iterator[list[PostRow]]:
    """Every row, a batch and a transaction at a time: nothing is held open over the site's whole length."""

    def batch(after: str) -> tuple[list[str], list[PostRow]]:
        with database.transaction() as connection:
            codes = next_codes(connection, after, since=span.since, until=span.until)
            return codes, posts_of(connection, codes)

    after = ""
    while True:
        codes, rows = lasting(database, settings, progress, partial(batch, after))
        if not codes:
            return
        yield rows
        after = codes[-1]


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
