"""Articles: the authoritative rows. The database decides what is new, updated or unchanged, by content hash."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from psycopg import Connection
from psycopg.errors import UniqueViolation

from finews.schema.records import CHINA, Article, Identity, Outcome
from finews.schema.staging import copy, stage

COLUMNS = {
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
    "text_hash": "bytea",
    "imported_post": "int8",
}
"""What is written of an article, and its PostgreSQL types, in the order of `row_of`."""
_SECURITY_COLUMNS = {"info_code": "text", "market": "text", "code": "text", "name": "text"}


@dataclass(frozen=True, kw_only=True)
class Loading:
    """An article on its way into its row, with the place that its first publication would take.

    `text_hash` tells its text from those of others, whatever markup it has; empty where it says too little.
    `imported_post` is the payload whose bytes are its post, for one that comes from a site that was there before.
    """

    article: Article
    path: str
    category: str
    text_hash: bytes
    imported_post: int | None = None

    @cached_property
    def content_hash(self) -> bytes:
        """That of its article."""
        return content_hash(self.article)


def content_hash(article: Article) -> bytes:
    """What the source may edit: title, moment and text. 32 bytes."""
    digest = hashlib.sha256()
    # The same moment comes in China time from the article, and in the database's from what a feed said.
    moment = article.moment.astimezone(CHINA).isoformat()
    for part in (article.title, moment, article.body):
        raw = part.encode()
        digest.update(len(raw).to_bytes(8, "big") + raw)
    return digest.digest()


def load_articles(
    connection: Connection[Any], run: int, loadings: Sequence[Loading], *, normaliser: int
) -> dict[str, Outcome]:
    """Writes articles that differ from their rows; returns infoCode → new, updated or unchanged.

    Hashes are compared first: of what is known and unchanged nothing is sent, and nothing written. Path, category,
    media, digest and link of a known article stay as its first publication fixed them.
    """
    standing = {
        code: (hash_, up_to_date)
        for code, hash_, up_to_date in connection.execute(
            """
            select info_code, content_hash, normaliser = %s and text_hash is not null
            from articles where info_code = any(%s)
            """,
            [normaliser, list(map(_code, loadings))],
            binary=True,
        )
    }
    new = [each for each in loadings if _code(each) not in standing]
    known = [(each, *standing[_code(each)]) for each in loadings if _code(each) in standing]
    changed = [each for each, hash_, _ in known if hash_ != each.content_hash]
    behind = [each for each, hash_, up_to_date in known if hash_ == each.content_hash and not up_to_date]
    outcomes = dict.fromkeys(map(_code, loadings), Outcome.UNCHANGED)
    if new:
        outcomes |= _insert(connection, run, new, normaliser)
    if changed:
        outcomes |= _upsert(connection, run, changed, normaliser)
    if behind:
        stamp_articles(connection, [(each.article, each.text_hash) for each in behind], normaliser=normaliser)
    return outcomes


def _insert(
    connection: Connection[Any], run: int, loadings: Sequence[Loading], normaliser: int
) -> dict[str, Outcome]:
    """COPYs rows of articles that had none a moment ago: half the time of a way over a staging table.

    Where somebody else has made one of them meanwhile, the database says so, and all of them go the other way.
    """
    rows = ((*row_of(each, normaliser), run) for each in sorted(loadings, key=_code))
    try:
        with connection.transaction():
            copy(connection, "articles", {**COLUMNS, "first_run": "int8"}, rows)
    except UniqueViolation:
        return _upsert(connection, run, loadings, normaliser)
    _load_securities(connection, [each.article for each in loadings], known=())
    return dict.fromkeys(map(_code, loadings), Outcome.NEW)


def _upsert(
    connection: Connection[Any], run: int, loadings: Sequence[Loading], normaliser: int
) -> dict[str, Outcome]:
    """COPY into a staging table and one INSERT … ON CONFLICT: the database decides what is new and what is changed."""
    stage(connection, "stage_articles", COLUMNS, (row_of(each, normaliser) for each in loadings))
    outcomes = {
        code: Outcome.NEW if revision == 1 else Outcome.UPDATED
        for code, revision in connection.execute(
            """
            insert into articles (info_code, rolling, path, category, media, title, moment, body, digest, link,
                                  content_hash, normaliser, payload_id, text_hash, imported_post,
                                  first_run)
            select info_code, rolling, path, category, media, title, moment, body, digest, link,
                   content_hash, normaliser, payload_id, text_hash, imported_post, %s
            from stage_articles order by info_code
            on conflict (info_code) do update
                set title = excluded.title, moment = excluded.moment, body = excluded.body,
                    content_hash = excluded.content_hash, normaliser = excluded.normaliser,
                    payload_id = excluded.payload_id, text_hash = excluded.text_hash, loaded_at = now()
                where articles.content_hash is distinct from excluded.content_hash
            returning info_code, revision
            """,
            [run],
        )
    }
    written = [each.article for each in loadings if _code(each) in outcomes]
    _load_securities(
        connection, written, known=[code for code, outcome in outcomes.items() if outcome is Outcome.UPDATED]
    )
    return outcomes


def stamp_articles(
    connection: Connection[Any], stamped: Sequence[tuple[Article, bytes]], *, normaliser: int
) -> set[str]:
    """Notes that this normaliser makes these texts, the same that their rows have already, and its securities.

    Each comes with its text hash. Returns those whose row still has the text: what somebody else changed
    meanwhile is left alone.
    """
    articles = [article for article, _ in stamped]
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
        update articles set normaliser = %s, payload_id = s.payload_id, text_hash = s.text_hash
        from unnest(%s::text[], %s::int8[], %s::bytea[]) as s (info_code, payload_id, text_hash)
        where articles.info_code = s.info_code and s.info_code = any(%s)
          and (normaliser <> %s or articles.text_hash is null)
        """,
        [
            normaliser,
            [each.info_code for each in articles],
            [each.payload_id for each in articles],
            [hash_ for _, hash_ in stamped],
            list(same),
            normaliser,
        ],
    )
    _load_securities(connection, [each for each in articles if each.info_code in same], known=sorted(same))
    return same


def _code(loading: Loading) -> str:
    return loading.article.info_code


def row_of(loading: Loading, normaliser: int) -> tuple[object, ...]:
    """The values of COLUMNS."""
    a = loading.article
    return (
        *(a.info_code, a.rolling, loading.path, loading.category, a.media, a.title, a.moment, a.body),
        *(a.digest, a.link, loading.content_hash, normaliser, a.payload_id, loading.text_hash),
        loading.imported_post,
    )


def _load_securities(
    connection: Connection[Any], articles: Sequence[Article], *, known: Collection[str]
) -> None:
    """Writes the securities of these articles, in place of those that the `known` ones had."""
    if known:
        connection.execute("delete from securities where info_code = any(%s)", [list(known)])
    # Each is named once in an article, and the article's row is ours until the transaction ends.
    if rows := [(a.info_code, s.market, s.code, s.name) for a in articles for s in a.securities]:
        copy(connection, "securities", _SECURITY_COLUMNS, rows)


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
