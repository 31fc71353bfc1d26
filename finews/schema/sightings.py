"""Sightings: which feed listed which article, and what it said of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from psycopg import Connection

from finews.schema.listings import listing_from
from finews.schema.quarantine import LENDABLE, name_again
from finews.schema.records import Listing
from finews.schema.staging import stage

_COLUMNS = {
    "info_code": "text",
    "feed": "text",
    "title": "text",
    "moment": "timestamptz",
    "media": "text",
    "digest": "text",
    "url": "text",
}


def record_sightings(connection: Connection[Any], run: int, listings: Sequence[Listing]) -> int:
    """Keeps what feeds said of articles whose links are in the frontier; a repeated sighting writes nothing.

    An article that waits in quarantine for what a feed may lend (title, moment, media) is read again: its link
    is `fetched` once more. Returns how many there are.
    """
    if not listings:
        return 0
    newest = {(each.info_code, each.feed): each for each in reversed(listings)}
    stage(
        connection,
        "stage_sightings",
        _COLUMNS,
        ((s.info_code, s.feed, s.title, s.moment, s.media, s.digest, s.url) for s in newest.values()),
    )
    told = connection.execute(
        """
        insert into sightings (info_code, feed, run_id, title, moment, media, digest, url)
        select info_code, feed, %s, title, moment, media, digest, url
        from stage_sightings join links using (info_code) where links.state <> 'forgotten'
        order by info_code, feed
        on conflict (info_code, feed) do update
            set title = excluded.title, moment = excluded.moment, media = excluded.media,
                digest = excluded.digest, url = excluded.url
            where (sightings.title, sightings.moment, sightings.media, sightings.digest, sightings.url)
                is distinct from (excluded.title, excluded.moment, excluded.media, excluded.digest, excluded.url)
        returning info_code
        """,
        [run],
    ).fetchall()
    codes = sorted({code for (code,) in told})
    if not codes:
        return 0
    name_again(connection, codes)
    return connection.execute(
        """
        update links set state = 'fetched', changed_at = now() from quarantine q
        where links.info_code = q.info_code and links.info_code = any(%s)
          and links.state in ('quarantined', 'failed', 'blocked', 'gone')
          and q.discarded_at is null and q.reason = any(%s)
        """,
        [codes, list(LENDABLE)],
    ).rowcount


def sightings_of(connection: Connection[Any], codes: Collection[str]) -> dict[str, list[Listing]]:
    """infoCode → what each feed said of it, in the order of their names."""
    found: dict[str, list[Listing]] = {}
    for row in connection.execute(
        """
        select info_code, feed, title, moment, media, digest, url from sightings
        where info_code = any(%s) order by info_code, feed
        """,
        [list(codes)],
    ):
        found.setdefault(row[0], []).append(listing_from(row))
    return found
