"""robots.txt files as they were read: kept for a day, so that a poll asks the feeds and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg import Connection

KEPT_FOR = timedelta(hours=24)


@dataclass(frozen=True, kw_only=True)
class RobotsRow:
    """A robots.txt answer: HTTP status, text and time."""

    status: int
    body: str
    fetched_at: datetime


def known_robots(connection: Connection[Any]) -> dict[str, RobotsRow]:
    """Origin (`http://host:port`) → the answer, where it is younger than a day."""
    rows = connection.execute(
        "select origin, status, body, fetched_at from robots where fetched_at > now() - %s", [KEPT_FOR]
    )
    return {
        origin: RobotsRow(status=status, body=body, fetched_at=fetched_at)
        for origin, status, body, fetched_at in rows
    }


def keep_robots(connection: Connection[Any], read: Mapping[str, RobotsRow]) -> None:
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
