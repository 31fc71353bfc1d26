"""Payloads: what mirrors answered, packed, one row for each different answer; kept as `retention` says."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

from psycopg import Connection

from finews.schema.packing import DROPPED, pack, unpack
from finews.schema.records import Payload, Record
from finews.schema.staging import stage

_COLUMNS = {
    "info_code": "text",
    "part": "text",
    "url": "text",
    "status": "int4",
    "content_type": "text",
    "fetched_at": "timestamptz",
    "hash": "bytea",
    "size": "int4",
    "body": "bytea",
}

PAYLOAD_COLUMNS: LiteralString = (
    "p.id, p.info_code, p.part, p.url, p.status, p.content_type, p.fetched_at, p.body, p.dictionary_id"
)
"""What `payload_of` makes a payload of: columns of a row `p`."""
READABLE: LiteralString = "q.reason <> 'too_large'"
"""Of a row `q` of `quarantine`. An answer that was too large was not kept: there is nothing to read."""

MOST_BYTES = 16 * 2**20
"""Bytes of bodies that are in memory at a time: bodies may have 8 MiB each."""


@dataclass(frozen=True, kw_only=True)
class StoredPayload(Record):
    """A payload by its number, and how many bytes it unpacks to."""

    info_code: str
    id: int
    size: int


def in_batches(stored: Sequence[StoredPayload], most: int = 200) -> Iterator[list[StoredPayload]]:
    """Payloads in batches that fit into memory: at most `most`, and MOST_BYTES (a single one may have more)."""
    batch: list[StoredPayload] = []
    size = 0
    for each in stored:
        if batch and (len(batch) >= most or size + each.size > MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(each)
        size += each.size
    if batch:
        yield batch


def store_payloads(connection: Connection[Any], run: int, payloads: Sequence[Payload]) -> dict[str, int]:
    """Stores payloads (one an article); an answer that is known already is only marked as seen.

    One whose bytes were let go of has them again.

    Returns infoCode → payload number.
    """
    stage(
        connection,
        "stage_payloads",
        _COLUMNS,
        (
            (
                each.info_code,
                each.part,
                each.url,
                each.status,
                each.content_type,
                each.fetched_at,
                hashlib.sha256(each.body).digest(),
                len(each.body),
                pack(each.body),
            )
            for each in payloads
        ),
    )
    rows = connection.execute(
        """
        insert into payloads (info_code, part, url, status, content_type, fetched_at, last_seen_at, run_id,
                              hash, size, codec, body)
        select info_code, part, url, status, content_type, fetched_at, fetched_at, %s, hash, size, 'zlib', body
        from stage_payloads order by info_code
        on conflict (info_code, part, hash) do update
            set last_seen_at = excluded.last_seen_at, fetched_at = excluded.fetched_at, url = excluded.url,
                status = excluded.status, content_type = excluded.content_type,
                codec = case payloads.codec when 'dropped' then excluded.codec else payloads.codec end,
                body = case payloads.codec when 'dropped' then excluded.body else payloads.body end
        returning info_code, id
        """,
        [run],
    )
    return dict(rows.fetchall())


def read_payloads(connection: Connection[Any], ids: Collection[int]) -> Iterator[Payload]:
    """The payloads with these numbers, but those whose bytes were let go of."""
    rows = connection.execute(
        f"select {PAYLOAD_COLUMNS} from payloads p where id = any(%s) and codec <> %s order by id",
        [list(ids), DROPPED],
        binary=True,
    ).fetchall()
    dictionaries = dictionaries_of(connection, {row[-1] for row in rows} - {None})
    for row in rows:
        yield payload_of(row, dictionaries)


def payload_of(row: Sequence[Any], dictionaries: Mapping[int, bytes]) -> Payload:
    """The payload of a row of PAYLOAD_COLUMNS; `dictionaries` has at least the one that it was packed with."""
    number, code, part, url, status, content_type, fetched_at, body, dictionary = row
    return Payload(
        id=number,
        info_code=code,
        part=part,
        url=url,
        status=status,
        content_type=content_type,
        fetched_at=fetched_at,
        body=unpack(body, dictionaries.get(dictionary, b"")),
    )


def dictionaries_of(connection: Connection[Any], ids: Collection[int]) -> dict[int, bytes]:
    """Number → dictionary, for those that payloads were packed with."""
    if not ids:
        return {}
    rows = connection.execute("select id, body from payload_dictionaries where id = any(%s)", [list(ids)])
    return dict(rows.fetchall())


def newest_payloads(connection: Connection[Any], codes: Collection[str]) -> list[StoredPayload]:
    """The answers of the source seen last of these articles; a post that was imported is none."""
    return _stored(
        connection,
        """
        select distinct on (info_code) info_code, id, size from payloads
        where info_code = any(%s) and part <> 'post' and codec <> 'dropped'
        order by info_code, last_seen_at desc, id desc
        """,
        [list(codes)],
    )


def _stored(connection: Connection[Any], query: LiteralString, parameters: Any) -> list[StoredPayload]:
    return [
        StoredPayload(info_code=code, id=number, size=size)
        for code, number, size in connection.execute(query, parameters)
    ]
