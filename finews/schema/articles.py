"""Articles: the authoritative rows. The database decides what is new, updated or unchanged, by content hash."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

from psycopg import Connection
from psycopg.rows import dict_row

from finews.schema.payloads import MOST_BYTES
from finews.schema.records import Article, Identity, Outcome, PostRow
from finews.schema.staging import stage

_COLUMNS = {
    "info_code": "text",
    "rolling": "bool",
    "path": "text",
    "category": "text",
    "media": "text",
    "title": "text",
    "moment": "timestamptz",
    "body": "text",
    "digest": "text",
    "link": "text",
    "content_hash": "bytea",
    "normaliser": "int4",
    "payload_id": "int8",
    "imported_post": "int8",
}
_SECURITY_COLUMNS = {"info_code": "text", "market": "text", "code": "text", "name": "text"}
_POST_COLUMNS: LiteralString = (
    "info_code, rolling, path, category, media, title, moment, body, digest, link, revision, "
    "published_revision, published_hash, "
    "(select p.body from payloads p where p.id = articles.imported_post) as imported"
)
_BATCH = 200


@dataclass(frozen=True, kw_only=True)
class Loading:
    """An article on its way into its row, with the place that its first publication would take.

    `imported_post` is the payload whose bytes are its post, for one that comes from a site that was there before.
    """

    article: Article
    path: str
    category: str
    imported_post: int | None = None


def content_hash(article: Article) -> bytes:
    """What the source may edit: title, moment and text. 32 bytes."""
    digest = hashlib.sha256()
    for part in (article.title, article.moment.isoformat(), article.body):
        raw = part.encode()
        digest.update(len(raw).to_bytes(8, "big") + raw)
    return digest.digest()


def load_articles(
    connection: Connection[Any], run: int, loadings: Sequence[Loading], *, normaliser: int
) -> dict[str, Outcome]:
    """Writes articles by COPY and one INSERT … ON CONFLICT; returns infoCode → new, updated or unchanged.

    Path, category, media, digest and link of a known article stay as its first publication fixed them.
    """
    stage(connection, "stage_articles", _COLUMNS, (_row(each, normaliser) for each in loadings))
    rows = connection.execute(
        """
        with written as (
            insert into articles (info_code, rolling, path, category, media, title, moment, body, digest, link,
                                  content_hash, normaliser, payload_id, imported_post, first_run)
            select info_code, rolling, path, category, media, title, moment, body, digest, link,
                   content_hash, normaliser, payload_id, imported_post, %s
            from stage_articles order by info_code
            on conflict (info_code) do update
                set title = excluded.title, moment = excluded.moment, body = excluded.body,
                    content_hash = excluded.content_hash, normaliser = excluded.normaliser,
                    payload_id = excluded.payload_id, loaded_at = now()
                where articles.content_hash is distinct from excluded.content_hash
            returning info_code, revision)
        select s.info_code, case when w.info_code is null then 'unchanged' when w.revision = 1 then 'new'
                                 else 'updated' end, a.normaliser
        from stage_articles s left join written w using (info_code) left join articles a using (info_code)
        """,
        [run],
    ).fetchall()
    outcomes = {code: Outcome(outcome) for code, outcome, _ in rows}
    made_by = {code: made_by for code, _, made_by in rows}
    changed, behind = [], []
    for article in (each.article for each in loadings):
        if outcomes[article.info_code] is not Outcome.UNCHANGED:
            changed.append(article)
        elif made_by[article.info_code] != normaliser:
            behind.append(article)
    _load_securities(connection, changed)
    if behind:
        stamp_articles(connection, behind, normaliser=normaliser)
    return outcomes


def stamp_articles(connection: Connection[Any], articles: Sequence[Article], *, normaliser: int) -> set[str]:
    """Notes that this normaliser makes these texts, the same that their rows have already, and its securities.

    Returns those whose row still has the text: what somebody else changed meanwhile is left alone.
    """
    rows = connection.execute(
        """
        select info_code from articles join unnest(%s::text[], %s::bytea[]) as s (info_code, hash) using (info_code)
        where content_hash = s.hash order by info_code for no key update of articles
        """,
        [[each.info_code for each in articles], [content_hash(each) for each in articles]],
    )
    same = {code for (code,) in rows}
    connection.execute(
        """
        update articles set normaliser = %s, payload_id = s.payload_id
        from unnest(%s::text[], %s::int8[]) as s (info_code, payload_id)
        where articles.info_code = s.info_code and s.info_code = any(%s) and normaliser <> %s
        """,
        [
            normaliser,
            [each.info_code for each in articles],
            [each.payload_id for each in articles],
            list(same),
            normaliser,
        ],
    )
    _load_securities(connection, [each for each in articles if each.info_code in same])
    return same


def _row(loading: Loading, normaliser: int) -> tuple[object, ...]:
    a = loading.article
    return (
        *(a.info_code, a.rolling, loading.path, loading.category, a.media, a.title, a.moment, a.body),
        *(a.digest, a.link, content_hash(a), normaliser, a.payload_id),
        loading.imported_post,
    )


def _load_securities(connection: Connection[Any], articles: Sequence[Article]) -> None:
    stage(
        connection,
        "stage_securities",
        _SECURITY_COLUMNS,
        ((a.info_code, s.market, s.code, s.name) for a in articles for s in a.securities),
    )
    connection.execute(
        "delete from securities where info_code = any(%s)", [[article.info_code for article in articles]]
    )
    connection.execute(
        """
        insert into securities (info_code, market, code, name)
        select info_code, market, code, name from stage_securities on conflict do nothing
        """
    )


def identities(connection: Connection[Any], codes: Collection[str]) -> dict[str, Identity]:
    """What first publications fixed, for those of `codes` that have a row."""
    rows = connection.execute(
        "select info_code, rolling, path, category, media, digest, link from articles where info_code = any(%s)",
        [list(codes)],
    )
    return {
        code: Identity(rolling=rolling, path=path, category=category, media=media, digest=digest, link=link)
        for code, rolling, path, category, media, digest, link in rows
    }


def first_paths(connection: Connection[Any], codes: Collection[str]) -> dict[str, tuple[str, datetime]]:
    """infoCode → the path that the first publication fixed, and the article's moment."""
    rows = connection.execute(
        "select info_code, path, moment from articles where info_code = any(%s)", [list(codes)]
    )
    return {code: (path, moment) for code, path, moment in rows}


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
    codes = _fitting(connection, "published_revision is distinct from revision", after="")
    return _posts(
        connection,
        """where info_code = any(%(codes)s) and published_revision is distinct from revision
           order by info_code for no key update skip locked""",
        codes=codes,
    )


def next_codes(connection: Connection[Any], after: str) -> list[str]:
    """The next infoCodes in order, as many as their bodies fit into memory; empty at the end."""
    return _fitting(connection, "true", after=after)


def _fitting(connection: Connection[Any], condition: LiteralString, *, after: str) -> list[str]:
    rows = connection.execute(
        f"""
        select info_code from (
            select info_code, bytes, sum(bytes) over (order by info_code) as so_far from (
                select info_code, octet_length(body) as bytes from articles
                where info_code > %(after)s and {condition} order by info_code limit {_BATCH}) as next) as summed
        where so_far - bytes < {MOST_BYTES} order by info_code
        """,
        {"after": after},
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


def count_articles(connection: Connection[Any]) -> tuple[int, int]:
    """(articles, articles whose newest revision was written to disk)."""
    row = connection.execute(
        """
        select (select count(*) from articles),
               (select count(*) from articles where published_revision is distinct from revision)
        """
    ).fetchone()
    assert row is not None
    return int(row[0]), int(row[0]) - int(row[1])


def securities_of(connection: Connection[Any], info_code: str) -> list[tuple[str, str, str]]:
    """(market, code, name) of the securities that an article names."""
    return connection.execute(
        "select market, code, name from securities where info_code = %s order by market, code", [info_code]
    ).fetchall()


def revisions_of(connection: Connection[Any], info_code: str) -> list[tuple[int, str, str]]:
    """(revision, title, body) of an article's earlier texts, oldest first."""
    return connection.execute(
        "select revision, title, body from revisions where info_code = %s order by revision", [info_code]
    ).fetchall()


def paths_known(connection: Connection[Any], names: Collection[str]) -> dict[str, datetime]:
    """The first path of each row whose post file has one of these names (without folder) → its moment."""
    rows = connection.execute(
        "select path, moment from articles where path = any(%s)", [[f"_posts/{name}" for name in names]]
    )
    return dict(rows.fetchall())
