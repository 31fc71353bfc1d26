"""Brings the database's schema up to date with alembic, under a lock, so that processes may start at once.

Alembic is imported only when something is to be done: its import costs more than the look whether it is.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from psycopg import Connection, errors

from finews.schema.errors import DatabaseUnreachableError

HEAD = "0015"
"""The newest revision under `migrations/versions`; a test compares it with the folder."""

MIGRATIONS = Path(__file__).with_name("migrations")
_LOCK = 0x66696E657773
"""The advisory lock that one migrating process holds: the word `finews` in ASCII."""


def bring_up_to_date(connection: Connection[Any], conninfo: str) -> None:
    """Migrates the database behind `connection` (in autocommit) to HEAD where it is behind.

    Raises DatabaseUnreachableError where the database was made by a newer finews.
    """
    if revision_of(connection) == HEAD:
        return
    connection.execute("select pg_advisory_lock(%s)", [_LOCK])
    try:
        found = revision_of(connection)
        if found == HEAD:
            return
        if found is not None and found > HEAD:
            raise DatabaseUnreachableError(
                f"its schema is at revision {found}, this finews knows {HEAD}", advice="Upgrade finews"
            )
        _upgrade(conninfo)
    finally:
        connection.execute("select pg_advisory_unlock(%s)", [_LOCK])


def revision_of(connection: Connection[Any]) -> str | None:
    """The revision of the schema behind `connection` (in autocommit); None where there is none."""
    try:
        row = connection.execute("select version_num from alembic_version").fetchone()
    except errors.UndefinedTable:
        return None
    return row[0] if row else None


def _upgrade(conninfo: str) -> None:
    import psycopg
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import create_engine
    from sqlalchemy.exc import DBAPIError
    from sqlalchemy.pool import NullPool

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(conninfo), poolclass=NullPool
    )
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, HEAD)
    except DBAPIError as error:
        # What the driver said is what the caller knows how to tell.
        raise error.orig or error from None
