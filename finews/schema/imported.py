"""Which files of an older site were imported already."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from psycopg import Connection


def imported_before(
    connection: Connection[Any], files: Collection[tuple[str, bytes]]
) -> set[tuple[str, bytes]]:
    """Those of `files`, pairs of infoCode and SHA-256, that were imported as the post of their article."""
    rows = connection.execute(
        """
        select info_code, hash from payloads join unnest(%s::text[], %s::bytea[]) as s (info_code, hash)
               using (info_code, hash)
        where part = 'post'
        """,
        [[code for code, _ in files], [hash_ for _, hash_ in files]],
    )
    return set(rows.fetchall())


def loaded_by(connection: Connection[Any], run: int, codes: Collection[str]) -> set[str]:
    """Those of `codes` whose row this run wrote first."""
    rows = connection.execute(
        "select info_code from articles where info_code = any(%s) and first_run = %s", [list(codes), run]
    )
    return {code for (code,) in rows}
