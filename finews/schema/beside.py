"""Payloads beside how their articles stand, in one query: a replay asks this of every article there is."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final, LiteralString, NamedTuple

from psycopg import Connection

from finews.schema.packing import DROPPED
from finews.schema.payloads import PAYLOAD_COLUMNS, READABLE, dictionaries_of, payload_of
from finews.schema.records import Identity, Payload, QuarantineItem

_QUERY: Final[LiteralString] = f"""
    select {PAYLOAD_COLUMNS},
           a.rolling, a.path, a.category, a.media, a.digest, a.link,
           a.payload_id, a.content_hash, a.normaliser, a.text_hash is not null, a.revision,
           a.published_revision, a.published_hash, a.imported_post,
           array(select unnest(array[s.market, s.code, s.name]) from securities s
                 where s.info_code = a.info_code),
           q.stage, q.reason, q.at, q.payload_id, q.normaliser, q.discarded_at, q.discarded_by, q.discarded_why
    from payloads p left join articles a on a.info_code = p.info_code
         left join quarantine q on q.info_code = p.info_code and {READABLE}
    where p.id = any(%s) and p.codec <> %s
    """
_PAYLOAD, _ROW, _ITEM = slice(9), slice(9, 24), slice(24, 32)
"""Where the columns of each stand."""


class RowStanding(NamedTuple):
    """A row of `articles` without its text. No record: a replay makes one of each article."""

    identity: Identity
    payload_id: int
    content_hash: bytes
    normaliser: int
    has_text_hash: bool
    revision: int
    published_revision: int | None
    published_hash: bytes | None
    imported_post: int | None
    securities: frozenset[tuple[str, str, str]]


class Standing(NamedTuple):
    """How an article stands: its row, and what of it is in quarantine and can be read."""

    row: RowStanding | None
    item: QuarantineItem | None


def payloads_beside_rows(connection: Connection[Any], ids: Collection[int]) -> list[tuple[Payload, Standing]]:
    """The payloads with these numbers, but those whose bytes were let go of, and how the article of each stands.

    In no order.
    """
    rows = connection.execute(_QUERY, [list(ids), DROPPED], binary=True).fetchall()
    dictionaries = dictionaries_of(connection, {row[_PAYLOAD][-1] for row in rows} - {None})
    return [
        (
            payload_of(row[_PAYLOAD], dictionaries),
            Standing(_row(row[_ROW]), _item(row[1], row[_ITEM]) if row[_ITEM.start] is not None else None),
        )
        for row in rows
    ]


def _row(columns: tuple[Any, ...]) -> RowStanding | None:
    rolling, path, category, media, digest, link = columns[:6]
    if path is None:
        return None
    identity = Identity(rolling=rolling, path=path, category=category, media=media, digest=digest, link=link)
    named = columns[-1]
    securities = zip(named[::3], named[1::3], named[2::3], strict=True) if named else ()
    return RowStanding._make((identity, *columns[6:-1], frozenset(securities)))


def _item(code: str, columns: tuple[Any, ...]) -> QuarantineItem:
    stage, reason, at, payload_id, normaliser, discarded_at, by, why = columns
    return QuarantineItem(
        info_code=code,
        stage=stage,
        reason=reason,
        at=at,
        payload_id=payload_id,
        normaliser=normaliser,
        discarded_at=discarded_at,
        discarded_by=by,
        discarded_why=why,
    )
