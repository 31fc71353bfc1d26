"""`publish`: brings the whole site in line with the rows."""

from __future__ import annotations

from finews.flows.orphans import clear_strays
from finews.flows.progress import Progress
from finews.flows.publish import publish_rows
from finews.schema.database import Database
from finews.schema.settings import Settings


def publish_site(database: Database, settings: Settings, progress: Progress) -> dict[str, int]:
    """`{written, unchanged, archived, removed, categories, orphans_left}`; raises SiteUnwritableError.

    `removed` counts half-written files, and posts whose article has no row; where these are too many for an
    accident they are `orphans_left`.
    """
    found = publish_rows(database, settings, progress)
    strays = clear_strays(database, settings)
    found["removed"] += strays.removed + strays.set_aside
    return {**found, "orphans_left": strays.left}
