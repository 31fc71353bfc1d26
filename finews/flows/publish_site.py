"""`publish`: brings the whole site in line with the rows."""

from __future__ import annotations

from finews.flows.category_pages import category_pages
from finews.flows.orphans import clear_strays
from finews.flows.progress import Progress
from finews.flows.publish import publish_rows
from finews.flows.site_scaffold import is_for_us, lay_scaffold
from finews.schema.database import Database
from finews.schema.post_rows import categories
from finews.schema.settings import Settings


def publish_site(
    database: Database, settings: Settings, progress: Progress, *, verify: bool = False
) -> dict[str, int]:
    """`{written, unchanged, archived, removed, categories, orphans_left}`; raises SiteUnwritableError.

    `removed` counts half-written files, and posts whose article has no row; where these are too many for an
    accident they are `orphans_left`. With `verify` every post is read, however its file looks. The scaffold is laid
    into a site that nobody else has set up; a category page stands for every media name that has a post.
    """
    if is_for_us(settings.site):
        lay_scaffold(settings)
    found = publish_rows(database, settings, progress, verify=verify)
    posts = found["written"] + found["unchanged"] + found["archived"]
    strays = clear_strays(database, settings, posts=posts)
    found["removed"] += strays.removed + strays.set_aside
    with database.transaction() as connection:
        wanted = categories(connection)
        category_pages(settings.site, wanted)
    return {**found, "categories": len(wanted), "orphans_left": strays.left}
