"""robots.txt files as they were read: kept for a day, so that a poll asks the feeds and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from psycopg import Connection

from finews.schema.records import ROBOTS_KEPT_FOR, RobotsFile


def known_robots(connection: Connection[Any]) -> dict[str, RobotsFile]:
    """Origin (`http://host:port`) → the answer, where it is younger than a day."""
    rows = connection.execute(
        "select origin, status, body, fetched_at from robots where fetched_at > now() - %s", [ROBOTS_KEPT_FOR]
    )
    return {
        origin: RobotsFile(status=status, body=body, fetched_at=fetched_at)
        for origin, status, body, fetched_at in rows
    }


def keep_robots(connection: Connection[Any], read: Mapping[str, RobotsFile]) -> None:
    """Keeps freshly read files."""
    for origin, row in sorted(read.items()):
        connection.execute(
            """
            insert into robots (origin, status, body, fetched_at) values (%s, %s, %s, %s)
            on conflict (origin) do update
                set status = excluded.status, body = excluded.body, fetched_at = excluded.fetched_at
            """,
            [origin, row.status, row.body.replace("\x00", ""), row.fetched_at],
        )
