"""Media names that an operator may mean."""

from __future__ import annotations

from finews.schema.database import Database
from finews.schema.media import media_names


def known_media(database: Database) -> list[str]:
    """All media names that were ever published, in order."""
    with database.transaction() as connection:
        return media_names(connection)
