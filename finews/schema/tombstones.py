"""Deletion: an article's row, payloads and sightings go, its link stays as a tombstone, its events tell why."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from psycopg import Connection


def bury(connection: Connection[Any], codes: Collection[str]) -> dict[str, str]:
    """Removes all that is kept of these articles and marks their links as forgotten.

    Returns infoCode → the path of its post, for those that had a row. A process that holds a lease on one of
    the links loses it: what it brings is refused.
    """
    wanted = sorted(codes)
    connection.execute(
        """
        insert into links (info_code, state) select unnest(%s::text[]), 'forgotten'
        on conflict (info_code) do update
            set state = 'forgotten', reason = '', changed_at = now(), attempts = 0,
                lease_token = null, lease_until = null, lease_run = null
        """,
        [wanted],
    )
    paths = dict(
        connection.execute(
            "select info_code, path from articles where info_code = any(%s)", [wanted]
        ).fetchall()
    )
    for statement in (
        "delete from quarantine where info_code = any(%s)",
        "delete from articles where info_code = any(%s)",
        "delete from payloads where info_code = any(%s)",
        "delete from sightings where info_code = any(%s)",
        "delete from listings where info_code = any(%s)",
    ):
        connection.execute(statement, [wanted])
    return paths


def dig_up(connection: Connection[Any], codes: Collection[str]) -> set[str]:
    """Makes forgotten links pending again; returns those that were forgotten.

    What feeds said of them meanwhile was not kept: those feeds are read in full next time.
    """
    rows = connection.execute(
        """
        update links set state = 'pending', changed_at = now(), due_at = now()
        where info_code = any(%s) and state = 'forgotten' returning info_code
        """,
        [list(codes)],
    )
    back = {code for (code,) in rows}
    connection.execute("update feeds set etag = '', last_modified = '' where codes && %s", [sorted(back)])
    return back


def forgotten(connection: Connection[Any], codes: Collection[str]) -> set[str]:
    """Those of `codes` that are forgotten."""
    rows = connection.execute(
        "select info_code from links where info_code = any(%s) and state = 'forgotten'", [list(codes)]
    )
    return {code for (code,) in rows}
