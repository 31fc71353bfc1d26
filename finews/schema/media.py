"""Media names and their slugs: two names never share one, and a slug once given stays."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from psycopg import Connection


def known_slugs(connection: Connection[Any], names: Collection[str]) -> dict[str, str]:
    """Media name → slug, for those of `names` that have one."""
    return dict(
        connection.execute(
            "select name, slug from media where name = any(%s) and not former", [list(names)]
        ).fetchall()
    )


def give_slug(connection: Connection[Any], name: str, candidates: Iterator[str]) -> str:
    """The slug of a media name; a new name takes the first of `candidates` that is still free."""
    for slug in candidates:
        # Another process may give this name a slug, or take this slug, at the same moment: the first one stands.
        connection.execute(
            "insert into media (name, slug) values (%s, %s) on conflict do nothing", [name, slug]
        )
        row = connection.execute("select slug from media where name = %s and not former", [name]).fetchone()
        if row:
            return str(row[0])
    raise AssertionError("candidates never end")


def keep_slug(connection: Connection[Any], name: str, slug: str) -> None:
    """Keeps the slug under which an older site has posts of `name` from every other name.

    It becomes the name's own where that has none yet, else one of its former ones. What belongs to another name
    already stays that name's: then the old posts of both stand under it, and `name` may be without a slug still.
    """
    for former in ("exists (select from media where name = %(name)s and not former)", "true"):
        # The second try is for a name that another process gave a slug in between.
        connection.execute(
            f"insert into media (name, slug, former) values (%(name)s, %(slug)s, {former}) on conflict do nothing",
            {"name": name, "slug": slug},
        )


def media_names(connection: Connection[Any]) -> list[str]:
    """All media names that were ever published, in order."""
    return [name for (name,) in connection.execute("select distinct name from media order by name")]
