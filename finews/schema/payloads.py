"""Payloads: what mirrors answered, compressed, kept for ever; one row for each different answer."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from psycopg import Connection

from finews.schema.records import Payload
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
_LEVEL = 3
"""zlib's level: on article texts level 6 saves 3 % more bytes for twice the time."""


def store_payloads(connection: Connection[Any], run: int, payloads: Sequence[Payload]) -> dict[str, int]:
    """Stores payloads (one an article); an answer that is known already is only marked as seen.

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
                zlib.compress(each.body, _LEVEL),
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
            set last_seen_at = greatest(payloads.last_seen_at, excluded.last_seen_at)
        returning info_code, id
        """,
        [run],
    )
    return dict(rows.fetchall())


def read_payloads(connection: Connection[Any], ids: Collection[int]) -> Iterator[Payload]:
    """The payloads with these numbers."""
    rows = connection.execute(
        """
        select id, info_code, part, url, status, content_type, fetched_at, body from payloads
        where id = any(%s) order by id
        """,
        [list(ids)],
    )
    for number, code, part, url, status, content_type, fetched_at, body in rows:
        yield Payload(
            id=number,
            info_code=code,
            part=part,
            url=url,
            status=status,
            content_type=content_type,
            fetched_at=fetched_at,
            body=zlib.decompress(body),
        )


def newest_payload_ids(connection: Connection[Any], codes: Collection[str]) -> dict[str, int]:
    """infoCode → the number of the answer seen last."""
    rows = connection.execute(
        """
        select distinct on (info_code) info_code, id from payloads where info_code = any(%s)
        order by info_code, last_seen_at desc, id desc
        """,
        [list(codes)],
    )
    return dict(rows.fetchall())


def readable_payloads(
    connection: Connection[Any],
    *,
    codes: Collection[str] | None = None,
    reason: str | None = None,
    everything: bool = False,
) -> dict[str, int]:
    """infoCode → the payload to read again: what waits in quarantine, else what the row was made from.

    Chosen by `codes`, by quarantine `reason`, or `everything`. Answers that were too large to keep are left out.
    """
    rows = connection.execute(
        """
        select coalesce(q.info_code, a.info_code), coalesce(q.payload_id, a.payload_id)
        from articles a full join quarantine q using (info_code)
        where q.reason is distinct from 'too_large'
          and (%(everything)s or coalesce(q.info_code, a.info_code) = any(%(codes)s) or q.reason = %(reason)s)
        """,
        {"everything": everything, "codes": list(codes or ()), "reason": reason},
    )
    return dict(rows.fetchall())
