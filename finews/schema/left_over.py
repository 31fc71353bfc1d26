"""What runs that ended early may have left: one look, so that nothing is sent where nothing was left."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from finews.schema.records import Record


@dataclass(frozen=True, kw_only=True)
class LeftOver(Record):
    """Whether `others` have not come to their end, living or dead, and what waits to be read or to be published."""

    others: bool
    unread: bool
    unpublished: bool


def left_over(connection: Connection[Any], run: int, *, but: Collection[str] = ()) -> LeftOver:
    """What a run may find left of others; payloads of links among `but` are not looked at."""
    # In the order of its index each is one look, however many rows there are; `exists` reads the whole table where the
    # planner takes what is sought for frequent.
    row = connection.execute(
        """
        select exists (select from runs where state = 'running' and id <> %(run)s)
                   or (select true from links where lease_run <> %(run)s order by lease_run limit 1) is not null,
               (select true from links
                where state = 'fetched' and (lease_until is null or lease_until < now())
                  and info_code <> all(%(but)s) order by info_code limit 1) is not null,
               (select true from articles
                where published_revision is distinct from revision order by info_code limit 1) is not null
        """,
        {"run": run, "but": list(but)},
    ).fetchone()
    assert row is not None
    return LeftOver(others=row[0], unread=row[1], unpublished=row[2])
