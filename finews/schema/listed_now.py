"""What a feed listed last, article by article."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row

from finews.schema.records import Record


@dataclass(frozen=True, kw_only=True)
class ListedArticle(Record):
    """A line of a feed: what it said of the article, when it said so first, and the state of the article's link."""

    info_code: str
    title: str
    media: str
    moment: datetime | None
    seen_at: datetime | None
    state: str | None


def listed_now(connection: Connection[Any], feed: str, limit: int) -> list[ListedArticle]:
    """The first `limit` articles of a feed's last good reading, in its order."""
    with connection.cursor(row_factory=class_row(ListedArticle)) as cursor:
        return cursor.execute(
            """
            select listed.info_code, coalesce(s.title, '') as title, coalesce(s.media, '') as media,
                   s.moment, s.seen_at, k.state
            from feeds cross join unnest(codes[:%(limit)s]) with ordinality as listed (info_code, place)
            left join sightings s on s.info_code = listed.info_code and s.feed = feeds.name
            left join links k on k.info_code = listed.info_code
            where feeds.name = %(feed)s order by place
            """,
            {"feed": feed, "limit": limit},
        ).fetchall()
