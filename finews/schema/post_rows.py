"""Rows as posts are rendered from them: read in batches that fit into memory, locked, and marked as published."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, LiteralString

from psycopg import Connection
from psycopg.rows import dict_row

from finews.schema.payloads import MOST_BYTES
from finews.schema.records import PostRow

_BATCH = 200
_POST_COLUMNS: LiteralString = (
    "info_code, rolling, path, category, media, title, moment, body, digest, link, revision, "
    "published_revision, published_hash, published_file, "
    "(select p.body from payloads p where p.id = articles.imported_post) as imported"
)


def posts_of(connection: Connection[Any], codes: Collection[str]) -> list[PostRow]:
    """The rows of these articles."""
    return _posts(connection, "where info_code = any(%(codes)s) order by info_code", codes=list(codes))


def locked_posts_of(connection: Connection[Any], codes: Collection[str]) -> list[PostRow]:
    """The rows of these articles, which nobody else changes or publishes until the transaction ends."""
    return _posts(
        connection, "where info_code = any(%(codes)s) order by info_code for no key update", codes=list(codes)
    )


def unpublished(connection: Connection[Any]) -> list[PostRow]:
    """Some rows whose newest revision has no post yet, locked; those that another publisher has are left out."""
    codes = fitting(connection, "published_revision is distinct from revision", after="")
    return _posts(
        connection,
        """where info_code = any(%(codes)s) and published_revision is distinct from revision
           order by info_code for no key update skip locked""",
        codes=codes,
    )


def next_codes(
    connection: Connection[Any], after: str, *, since: datetime | None = None, until: datetime | None = None
) -> list[str]:
    """The next infoCodes in order, as many as their bodies fit into memory; empty at the end.

    `since` and `until` (not included) bound the moments of their rows.
    """
    condition: LiteralString = "true"
    if since is not None:
        condition += " and moment >= %(since)s"
    if until is not None:
        condition += " and moment < %(until)s"
    return fitting(connection, condition, after=after, since=since, until=until)


def fitting(
    connection: Connection[Any], condition: LiteralString, *, after: str, **given: object
) -> list[str]:
    """The next infoCodes of rows for which `condition` holds, as many as their bodies fit into memory."""
    rows = connection.execute(
        f"""
        select info_code from (
            select info_code, bytes, sum(bytes) over (order by info_code) as so_far from (
                select info_code, octet_length(body) as bytes from articles
                where info_code > %(after)s and {condition} order by info_code limit {_BATCH}) as next) as summed
        where so_far - bytes < {MOST_BYTES} order by info_code
        """,
        {"after": after, **given},
    )
    return [code for (code,) in rows]


def _posts(connection: Connection[Any], condition: LiteralString, *, codes: list[str]) -> list[PostRow]:
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(f"select {_POST_COLUMNS} from articles {condition}", {"codes": codes})
        return [
            PostRow(**{**row, "imported": zlib.decompress(row["imported"]) if row["imported"] else None})
            for row in found
        ]


def mark_published(
    connection: Connection[Any], published: Sequence[tuple[str, int, bytes, str]], *, imported: bool = False
) -> None:
    """Notes which bytes lie on disk: (infoCode, revision, SHA-256 of the post, sign of its file).

    Of an article that had no post before, also when that was, by the clock: unless it is `imported`, for then its
    post was there long ago.
    """
    columns = [list(column) for column in zip(*published, strict=True)] if published else [[], [], [], []]
    connection.execute(
        """
        update articles set published_revision = p.revision, published_hash = p.hash, published_file = p.file,
            published_at = case when published_revision is null and not %s then clock_timestamp()
                                else published_at end
        from unnest(%s::text[], %s::int4[], %s::bytea[], %s::text[]) as p (info_code, revision, hash, file)
        where articles.info_code = p.info_code
        """,
        [imported, *columns],
    )


PostPlace = tuple[str, str, datetime, str | None]
"""infoCode, first path, moment, sign of the post's file; None where the newest revision was not written yet.

No record: a publish passes all of them.
"""


def next_places(connection: Connection[Any], after: str, limit: int) -> list[PostPlace]:
    """The next rows' places in the order of their infoCodes; empty at the end. No body is read."""
    return connection.execute(
        """
        select info_code, path, moment,
               case when published_revision is not distinct from revision then published_file end
        from articles where info_code > %s order by info_code limit %s
        """,
        [after, limit],
        binary=True,
    ).fetchall()


def fitting_codes(connection: Connection[Any], codes: Collection[str], after: str) -> list[str]:
    """The next of these infoCodes that have a row, as many as their bodies fit into memory; empty at the end."""
    return fitting(connection, "info_code = any(%(codes)s)", after=after, codes=list(codes))


def categories(connection: Connection[Any]) -> dict[str, str]:
    """Slug → media name of every category that has a post; rolling news has none.

    Of a slug under which an older site has posts of several names, the name that it was given to. Until the
    transaction ends nobody else reads them: what is made of them is made in the order of reading.
    """
    connection.execute("select pg_advisory_xact_lock(hashtext('finews categories'))")
    return dict(
        connection.execute(
            """
            select category, coalesce((select name from media where slug = category), min(media))
            from articles where not rolling group by category
            """
        ).fetchall()
    )


def paths_known(connection: Connection[Any], names: Collection[str]) -> dict[str, datetime]:
    """The first path of each row whose post file has one of these names (without folder) → its moment."""
    rows = connection.execute(
        "select path, moment from articles where path = any(%s)", [[f"_posts/{name}" for name in names]]
    )
    return dict(rows.fetchall())
