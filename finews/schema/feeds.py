"""Feeds: how they have been doing, what they listed last, and which are not to be read."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any, Final, LiteralString

from psycopg import Connection
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from finews.schema.feed_history import FeedHistory
from finews.schema.feed_records import FeedReading, FeedState, Validators
from finews.schema.hourly_counts import count_readings
from finews.schema.pauses import PAUSE, Pause, pause, resume, taken_from

_HISTORY: Final[LiteralString] = "readings, watched, usual, news, quiet, usual_quiet, most_quiet"


def record_feeds(
    connection: Connection[Any], readings: Sequence[FeedReading], *, every: timedelta
) -> dict[str, Collection[str]]:
    """Notes how one reading of each of these feeds went; `every` is the time to the next one.

    Returns feed → the infoCodes that it lists.
    """
    if not readings:
        return {}
    known = _locked(connection, [each.name for each in readings])
    listed: dict[str, Collection[str]] = {}
    read: list[dict[str, object]] = []
    for reading in readings:
        before, since, history = known[reading.name]
        codes = listed[reading.name] = before if reading.codes is None else reading.codes
        if reading.error is not None or reading.outage:
            _record_failure(connection, reading, every)
            continue
        news = reading.codes is not None and not set(codes) <= set(before)
        history = history.after(listed=len(codes), news=news, since=since)
        read.append(_as_read(reading, len(codes), history))
    if read:
        _record_successes(connection, read, every)
    count_readings(connection, readings, {str(each["name"]): len(listed[str(each["name"])]) for each in read})
    return listed


_Known = tuple[list[str], timedelta, FeedHistory]
"""What a feed listed last, how long that is ago, and its history."""


def _locked(connection: Connection[Any], names: Sequence[str]) -> dict[str, _Known]:
    """The rows of these feeds, which are made where there are none, for this transaction alone."""
    statement: LiteralString = f"""
        select name, codes, coalesce(now() - last_success, interval '0'), {_HISTORY} from feeds
        where name = any(%s) order by name for update
        """
    rows = connection.execute(statement, [list(names)], binary=True).fetchall()
    if len(rows) < len(set(names)):
        connection.execute(
            "insert into feeds (name) select unnest(%s::text[]) on conflict do nothing", [sorted(set(names))]
        )
        rows = connection.execute(statement, [list(names)], binary=True).fetchall()
    return {
        name: (codes, since, FeedHistory(**dict(zip(_HISTORY.split(", "), history, strict=True))))
        for name, codes, since, *history in rows
    }


def _record_failure(connection: Connection[Any], reading: FeedReading, every: timedelta) -> None:
    if reading.outage:
        connection.execute("update feeds set next_poll = now() + %s where name = %s", [every, reading.name])
        return
    connection.execute(
        """
        update feeds set last_error = %s, last_error_at = now(), failures = failures + 1, next_poll = now() + %s
        where name = %s
        """,
        [reading.error, every, reading.name],
    )


def _as_read(reading: FeedReading, listed: int, history: FeedHistory) -> dict[str, object]:
    given = reading.validators or Validators(url="")
    kept = {
        name: _interval(value) if isinstance(value, timedelta) else value
        for name, value in vars(history).items()
    }
    return {
        "name": reading.name,
        "listed": listed,
        "discovered": reading.discovered,
        "codes": reading.codes,
        **vars(given),
        **kept,
    }


def _interval(span: timedelta) -> str:
    return f"{span.days} days {span.seconds} seconds {span.microseconds} microseconds"


def _record_successes(connection: Connection[Any], read: list[dict[str, object]], every: timedelta) -> None:
    connection.execute(
        """
        update feeds set last_success = now(), failures = 0, next_poll = now() + %s,
            listed = r.listed, discovered = r.discovered, codes = coalesce(r.codes, feeds.codes),
            url = r.url, etag = r.etag, last_modified = r.last_modified,
            readings = r.readings, watched = r.watched, usual = r.usual, news = r.news,
            quiet = r.quiet, usual_quiet = r.usual_quiet, most_quiet = r.most_quiet
        from jsonb_to_recordset(%s) as r (
            name text, listed int4, discovered int4, codes text[], url text, etag text, last_modified text,
            readings int8, watched interval, usual float8, news int8,
            quiet interval, usual_quiet interval, most_quiet interval)
        where feeds.name = r.name
        """,
        [every, Jsonb(read)],
    )


def pauses_and_validators(
    connection: Connection[Any], names: Collection[str]
) -> tuple[dict[str, Pause], dict[str, Validators]]:
    """What has to be known of these feeds before they are read.

    Feed → its pause, for those that are not to be read; feed → what its last good answer came with, for those whose
    answer came with something.
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            f"select name, url, etag, last_modified, {PAUSE} from feeds where name = any(%s)", [list(names)]
        ).fetchall()
    pauses = {row["name"]: taken_from(row) for row in rows}
    given = {row["name"]: row for row in rows if row["url"] and (row["etag"] or row["last_modified"])}
    return {name: pause for name, pause in pauses.items() if pause}, {
        name: Validators(url=row["url"], etag=row["etag"], last_modified=row["last_modified"])
        for name, row in given.items()
    }


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
