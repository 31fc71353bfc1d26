"""Media names and their slugs: two names never share one, and a slug once given stays."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any

from psycopg import Connection


def slugs_of(
    connection: Connection[Any], names: Collection[str], candidates: Callable[[str], Iterator[str]]
) -> dict[str, str]:
    """Media name → slug; a new name takes the first of its `candidates` that is still free."""
    found: dict[str, str] = dict(
        connection.execute("select name, slug from media where name = any(%s)", [sorted(names)]).fetchall()
    )
    for name in sorted(set(names) - set(found)):
        found[name] = _given(connection, name, candidates(name))
    return found


def _given(connection: Connection[Any], name: str, candidates: Iterator[str]) -> str:
    for slug in candidates:
        # Another process may give this name a slug, or take this slug, at the same moment: the first one stands.
        connection.execute(
            "insert into media (name, slug) values (%s, %s) on conflict do nothing", [name, slug]
        )
        row = connection.execute("select slug from media where name = %s", [name]).fetchone()
        if row:
            return str(row[0])
    raise AssertionError("candidates never end")
