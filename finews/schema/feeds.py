"""Feeds: how they have been doing, what they listed last, and which are not to be read."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from finews.schema.feed_history import FeedHistory
from finews.schema.feed_records import FeedReading, FeedState, Validators
from finews.schema.hourly_counts import count_reading
from finews.schema.pauses import PAUSE, Pause, pause, resume, taken_from

_HISTORY = "readings, watched, usual, news, quiet, usual_quiet, most_quiet"


def record_feed(connection: Connection[Any], reading: FeedReading, *, every: timedelta) -> None:
    """Notes how one reading of a feed went; `every` is the time to the next one."""
    connection.execute("insert into feeds (name) values (%s) on conflict do nothing", [reading.name])
    if reading.outage:
        connection.execute("update feeds set next_poll = now() + %s where name = %s", [every, reading.name])
    elif reading.error is not None:
        connection.execute(
            """
            update feeds set last_error = %s, last_error_at = now(), failures = failures + 1, next_poll = now() + %s
            where name = %s
            """,
            [reading.error, every, reading.name],
        )
    else:
        listed = _record_success(connection, reading, every)
        count_reading(connection, reading, listed=listed)
        return
    count_reading(connection, reading, listed=0)


def _record_success(connection: Connection[Any], reading: FeedReading, every: timedelta) -> int:
    """Returns how many articles it listed."""
    row = connection.execute(
        f"""
        select codes, coalesce(now() - last_success, interval '0'), {_HISTORY} from feeds
        where name = %s for update
        """,
        [reading.name],
    ).fetchone()
    assert row is not None
    before, since, readings, watched, usual, news, quiet, usual_quiet, most_quiet = row
    codes = before if reading.codes is None else list(reading.codes)
    history = FeedHistory(
        readings=readings,
        watched=watched,
        usual=usual,
        news=news,
        quiet=quiet,
        usual_quiet=usual_quiet,
        most_quiet=most_quiet,
    ).after(listed=len(codes), news=bool(set(codes) - set(before)), since=since)
    given = reading.validators or Validators(url="")
    connection.execute(
        """
        update feeds set last_success = now(), failures = 0, next_poll = now() + %(every)s,
            listed = %(listed)s, discovered = %(discovered)s,
            codes = %(codes)s, url = %(url)s, etag = %(etag)s, last_modified = %(last_modified)s,
            readings = %(readings)s, watched = %(watched)s, usual = %(usual)s, news = %(news)s,
            quiet = %(quiet)s, usual_quiet = %(usual_quiet)s, most_quiet = %(most_quiet)s
        where name = %(name)s
        """,
        {
            "name": reading.name,
            "every": every,
            "listed": len(codes),
            "discovered": reading.discovered,
            "codes": codes,
            "url": given.url,
            "etag": given.etag,
            "last_modified": given.last_modified,
            **vars(history),
        },
    )
    return len(codes)


def validators_of(connection: Connection[Any], names: Collection[str]) -> dict[str, Validators]:
    """Feed → what its last good answer came with, for those whose answer came with something."""
    rows = connection.execute(
        """
        select name, url, etag, last_modified from feeds
        where name = any(%s) and url <> '' and (etag <> '' or last_modified <> '')
        """,
        [list(names)],
    )
    return {
        name: Validators(url=url, etag=etag, last_modified=last_modified)
        for name, url, etag, last_modified in rows
    }


def last_listed(connection: Connection[Any], names: Collection[str]) -> dict[str, list[str]]:
    """Feed → the infoCodes that its last good reading listed."""
    return dict(
        connection.execute("select name, codes from feeds where name = any(%s)", [list(names)]).fetchall()
    )


def feed_states(connection: Connection[Any]) -> list[FeedState]:
    """All feeds that were ever read, or paused."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            f"""
            select name, last_success, last_error, last_error_at, failures, next_poll, listed, discovered,
                   {PAUSE}, {_HISTORY}
            from feeds
            order by array_position(array['rolling', 'headlines', '37', '38', '39'], name), name
            """
        ).fetchall()
    return [_state(row) for row in rows]


def _state(row: dict[str, Any]) -> FeedState:
    history = FeedHistory(**{name: row.pop(name) for name in _HISTORY.split(", ")})
    paused = taken_from(row)
    raised = (("silent", history.silent), ("thin", history.thin(row["listed"])))
    flags = [flag for flag, is_so in raised if is_so and not paused]
    return FeedState(**row, flags=tuple(flags), paused=paused, history=history)


def paused_feeds(connection: Connection[Any], names: Collection[str]) -> dict[str, Pause]:
    """Feed → its pause, for those of these names that are not to be read."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            f"select name, {PAUSE} from feeds where name = any(%s)", [list(names)]
        ).fetchall()
    found = {row["name"]: taken_from(row) for row in rows}
    return {name: pause for name, pause in found.items() if pause}


def pause_feed(connection: Connection[Any], name: str, *, who: str, why: str) -> bool:
    """Has a feed left alone; false where it was already, which changes nothing."""
    return pause(connection, "feeds", "name", name, who=who, why=why)


def resume_feed(connection: Connection[Any], name: str) -> bool:
    """Has a feed read again, from now on; false where it was not paused."""
    if not resume(connection, "feeds", "name", name):
        return False
    connection.execute("update feeds set next_poll = now() where name = %s", [name])
    return True
