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
    "published_revision, published_hash, "
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


def mark_published(connection: Connection[Any], published: Sequence[tuple[str, int, bytes]]) -> None:
    """Notes which bytes lie on disk: (infoCode, revision, SHA-256 of the post)."""
    connection.execute(
        """
        update articles set published_revision = p.revision, published_hash = p.hash
        from unnest(%s::text[], %s::int4[], %s::bytea[]) as p (info_code, revision, hash)
        where articles.info_code = p.info_code
        """,
        [
            [code for code, _, _ in published],
            [rev for _, rev, _ in published],
            [hash_ for _, _, hash_ in published],
        ],
    )


def paths_known(connection: Connection[Any], names: Collection[str]) -> dict[str, datetime]:
    """The first path of each row whose post file has one of these names (without folder) → its moment."""
    rows = connection.execute(
        "select path, moment from articles where path = any(%s)", [[f"_posts/{name}" for name in names]]
    )
    return dict(rows.fetchall())
