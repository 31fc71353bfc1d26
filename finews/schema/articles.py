"""Articles: the authoritative rows. The database decides what is new, updated or unchanged, by content hash."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection, sql
from psycopg.rows import class_row

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
}
_SECURITY_COLUMNS = {"info_code": "text", "market": "text", "code": "text", "name": "text"}
_POST_COLUMNS = sql.SQL(
    "info_code, rolling, path, category, media, title, moment, body, digest, link, revision, published_hash"
)


@dataclass(frozen=True, kw_only=True)
class Loading:
    """An article on its way into its row, with the place that its first publication would take."""

    article: Article
    path: str
    category: str


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
                                  content_hash, normaliser, payload_id, first_run)
            select info_code, rolling, path, category, media, title, moment, body, digest, link,
                   content_hash, normaliser, payload_id, %s
            from stage_articles order by info_code
            on conflict (info_code) do update
                set title = excluded.title, moment = excluded.moment, body = excluded.body,
                    content_hash = excluded.content_hash, normaliser = excluded.normaliser,
                    payload_id = excluded.payload_id, loaded_at = now()
                where articles.content_hash is distinct from excluded.content_hash
            returning info_code, revision)
        select s.info_code, case when w.info_code is null then 'unchanged' when w.revision = 1 then 'new'
                                 else 'updated' end
        from stage_articles s left join written w using (info_code)
        """,
        [run],
    )
    outcomes = {code: Outcome(outcome) for code, outcome in rows}
    changed = [each.article for each in loadings if outcomes[each.article.info_code] is not Outcome.UNCHANGED]
    _load_securities(connection, changed)
    return outcomes


def _row(loading: Loading, normaliser: int) -> tuple[object, ...]:
    a = loading.article
    return (
        *(a.info_code, a.rolling, loading.path, loading.category, a.media, a.title, a.moment, a.body),
        *(a.digest, a.link, content_hash(a), normaliser, a.payload_id),
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


def posts_of(connection: Connection[Any], codes: Collection[str]) -> list[PostRow]:
    """The rows of these articles."""
    with connection.cursor(row_factory=class_row(PostRow)) as cursor:
        return cursor.execute(
            sql.SQL("select {} from articles where info_code = any(%s) order by info_code").format(
                _POST_COLUMNS
            ),
            [list(codes)],
        ).fetchall()


def unpublished(connection: Connection[Any], limit: int) -> list[PostRow]:
    """Up to `limit` rows whose newest revision has no post yet, locked against a second publisher."""
    with connection.cursor(row_factory=class_row(PostRow)) as cursor:
        return cursor.execute(
            sql.SQL("""
            select {} from articles where published_revision is distinct from revision
            order by info_code limit %s for update skip locked
            """).format(_POST_COLUMNS),
            [limit],
        ).fetchall()


def all_posts(connection: Connection[Any], *, batch: int = 500) -> Iterator[list[PostRow]]:
    """Every row, in batches by infoCode: never more than one batch in memory."""
    after = ""
    while True:
        with connection.cursor(row_factory=class_row(PostRow)) as cursor:
            rows = cursor.execute(
                sql.SQL("select {} from articles where info_code > %s order by info_code limit %s").format(
                    _POST_COLUMNS
                ),
                [after, batch],
            ).fetchall()
        if not rows:
            return
        yield rows
        after = rows[-1].info_code


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
    """(articles, articles whose post lies on disk)."""
    row = connection.execute("select count(*), count(published_revision) from articles").fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


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


def names_known(connection: Connection[Any], names: Collection[str]) -> list[PostRow]:
    """The rows whose post files have these names (without folder)."""
    with connection.cursor(row_factory=class_row(PostRow)) as cursor:
        return cursor.execute(
            sql.SQL("select {} from articles where path = any(%s)").format(_POST_COLUMNS),
            [[f"_posts/{name}" for name in names]],
        ).fetchall()
