"""A fingerprint of a desk: every version of every row, every file with its inode and times."""

from __future__ import annotations

from tests.pipeline.desk import Desk

TABLES = (
    "articles",
    "events",
    "links",
    "media",
    "payloads",
    "quarantine",
    "revisions",
    "securities",
    "sightings",
)


def rows_as_they_lie(desk: Desk) -> dict[str, str]:
    """Table → a hash over the place of each row version and the transactions that wrote or locked it."""
    found = {
        table: desk.rows(
            f"select md5(coalesce(string_agg(concat(ctid, ' ', xmin, ' ', xmax), ',' order by ctid), '')) from {table}"
        )[0][0]
        for table in TABLES
    }
    # A lease that was taken and given back at once would leave the rows' hash different, and this one as well.
    found["leases"] = str(desk.rows("select last_value, is_called from lease_tokens"))
    return found


def files_as_they_lie(desk: Desk) -> dict[str, tuple[int, int, int]]:
    """Path → (inode, when it was written, size), of all in the site's folders of posts."""
    return {
        path.relative_to(desk.site).as_posix(): (status.st_ino, status.st_mtime_ns, status.st_size)
        for folder in ("_posts", "old_post")
        for path in (desk.site / folder).rglob("*")
        if path.name != "index.html"
        for status in [path.stat()]
    }
