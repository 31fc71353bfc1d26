"""Listings: what the source listed when it was asked for a range of days, whether it is in the frontier or not."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from psycopg import Connection

from finews.schema.plain_text import clean_text
from finews.schema.quarantine import name_again
from finews.schema.records import Listing
from finews.schema.staging import stage

_COLUMNS = {
    "info_code": "text",
    "feed": "text",
    "day": "date",
    "title": "text",
    "moment": "timestamptz",
    "media": "text",
    "digest": "text",
    "url": "text",
}


def keep_listings(connection: Connection[Any], listings: Sequence[tuple[date, Listing]]) -> None:
    """Keeps what was listed, each with the day of China that it stands in; what reads otherwise now is noted so."""
    newest = {(each.info_code, each.feed): (day, each) for day, each in reversed(listings)}
    stage(
        connection,
        "stage_listings",
        _COLUMNS,
        (
            (
                *(
                    each.info_code,
                    each.feed,
                    day,
                    clean_text(each.title),
                    each.moment,
                    clean_text(each.media),
                ),
                *(each.digest, each.url),
            )
            for day, each in newest.values()
        ),
    )
    connection.execute(
        """
        insert into listings (info_code, feed, day, title, moment, media, digest, url)
        select info_code, feed, day, title, moment, media, digest, url from stage_listings order by 1, 2
        on conflict (info_code, feed) do update
            set day = excluded.day, title = excluded.title, moment = excluded.moment, media = excluded.media,
                digest = excluded.digest, url = excluded.url, seen_at = now(),
                changed_at = case when (listings.title, listings.moment)
                                      is distinct from (excluded.title, excluded.moment)
                                  then now() else listings.changed_at end
        """
    )
    name_again(connection, {code for code, _ in newest})


def listings_of(connection: Connection[Any], feed: str, codes: Collection[str]) -> list[Listing]:
    """What this feed listed of these articles."""
    rows = connection.execute(
        """
        select info_code, feed, title, moment, media, digest, url from listings
        where feed = %s and info_code = any(%s) order by info_code
        """,
        [feed, list(codes)],
    )
    return [listing_from(row) for row in rows]


def listing_from(row: Sequence[Any]) -> Listing:
    """The listing of a row of (infoCode, feed, title, moment, media, digest, url)."""
    code, feed, title, moment, media, digest, url = row
    return Listing(
        info_code=code,
        feed=feed,
        position=0,
        title=title,
        moment=moment,
        media=media,
        digest=digest,
        url=url,
    )


def record_surveys(
    connection: Connection[Any], listed: Mapping[date, int], unread: Mapping[date, str]
) -> None:
    """Notes days whose list was read from the search: how many it holds, and why a part of it was not read."""
    connection.execute(
        """
        insert into surveys (day, listed, unread)
        select * from unnest(%s::date[], %s::int4[], %s::text[]) order by 1
        on conflict (day) do update set at = now(), listed = excluded.listed, unread = excluded.unread
        """,
        [list(listed), list(listed.values()), [unread.get(day, "") for day in listed]],
    )
