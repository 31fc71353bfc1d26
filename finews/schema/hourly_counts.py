"""How feeds and mirrors did, hour by hour: counts that outlive the runs they come from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, LiteralString

from psycopg import Connection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from finews.schema.feed_records import FeedReading
from finews.schema.records import Record
from finews.schema.tally import Tallies, Tally

_NOW: Final[LiteralString] = "date_trunc('hour', now(), 'UTC')"


@dataclass(frozen=True, kw_only=True)
class FeedHour(Record):
    """How a feed was read in the hour from `hour` on.

    `listed` sums what the good `readings` listed, `discovered` what of it was new. `unheard` counts those in which no
    mirror was within reach, which is nobody's failure.
    """

    hour: datetime
    readings: int = 0
    failures: int = 0
    unheard: int = 0
    listed: int = 0
    discovered: int = 0
    last_error: str | None = None

    @property
    def usual(self) -> float | None:
        """Articles that a reading listed, in the mean; None where none went well."""
        return self.listed / self.readings if self.readings else None


@dataclass(frozen=True, kw_only=True)
class MirrorHour(Tally):
    """How a mirror did in the hour from `hour` on; its circuit was `opened`, or kept open by a probe, so often."""

    hour: datetime
    opened: int = 0

    @property
    def latency(self) -> float | None:
        """Seconds until an answer began, in the mean."""
        return self.seconds / self.answers if self.answers else None


def count_readings(
    connection: Connection[Any], readings: Iterable[FeedReading], listed: Mapping[str, int]
) -> None:
    """Counts one reading of each of these feeds; `listed` is how many articles those listed that were read well."""
    counted = [
        {
            "feed": each.name,
            "readings": int(each.error is None),
            "failures": int(each.error is not None and not each.outage),
            "unheard": int(each.outage),
            "listed": listed.get(each.name, 0),
            "discovered": each.discovered if each.error is None else 0,
            "last_error": each.error,
        }
        for each in readings
    ]
    connection.execute(
        f"""
        insert into feed_hours as h (feed, hour, readings, failures, unheard, listed, discovered, last_error)
        select feed, {_NOW}, readings, failures, unheard, listed, discovered, last_error
        from jsonb_to_recordset(%s) as r (
            feed text, readings int4, failures int4, unheard int4, listed int8, discovered int8, last_error text)
        order by feed
        on conflict (feed, hour) do update set
            readings = h.readings + excluded.readings, failures = h.failures + excluded.failures,
            unheard = h.unheard + excluded.unheard, listed = h.listed + excluded.listed,
            discovered = h.discovered + excluded.discovered,
            last_error = coalesce(excluded.last_error, h.last_error)
        """,
        [Jsonb(counted)],
    )


def count_answers(connection: Connection[Any], heard: Tallies) -> None:
    """Counts what mirrors answered, by mirror and hour."""
    # In one order for all, so that no two writers wait for each other.
    for (base, hour), each in sorted(heard.items(), key=lambda pair: pair[0]):
        connection.execute(
            """
            insert into mirror_hours as h (base, hour, answers, seconds, refusals, troubles, last_error)
            values (%s, %s, %s, %s, %s, %s, %s)
            on conflict (base, hour) do update set
                answers = h.answers + excluded.answers, seconds = h.seconds + excluded.seconds,
                refusals = h.refusals + excluded.refusals, troubles = h.troubles + excluded.troubles,
                last_error = coalesce(excluded.last_error, h.last_error)
            """,
            [base, hour, each.answers, each.seconds, each.refusals, each.troubles, each.last_error],
        )


def count_opening(connection: Connection[Any], base: str, reason: str) -> None:
    """Counts that a mirror's circuit was opened, or kept open by a probe that failed."""
    connection.execute(
        f"""
        insert into mirror_hours as h (base, hour, opened, last_error) values (%s, {_NOW}, 1, %s)
        on conflict (base, hour) do update set opened = h.opened + 1, last_error = excluded.last_error
        """,
        [base, reason],
    )


def feed_hours(connection: Connection[Any], feed: str, span: timedelta) -> list[FeedHour]:
    """The hours of a feed within `span` of now in which it was to be read, the oldest first."""
    with connection.cursor(row_factory=class_row(FeedHour)) as cursor:
        return cursor.execute(
            f"""
            select hour, readings, failures, unheard, listed, discovered, last_error from feed_hours
            where feed = %s and hour > {_NOW} - %s order by hour
            """,
            [feed, span],
        ).fetchall()


def mirror_hours(connection: Connection[Any], base: str, span: timedelta) -> list[MirrorHour]:
    """The hours of a mirror within `span` of now in which it was asked, the oldest first."""
    with connection.cursor(row_factory=class_row(MirrorHour)) as cursor:
        return cursor.execute(
            f"""
            select hour, answers, seconds, refusals, troubles, opened, last_error from mirror_hours
            where base = %s and hour > {_NOW} - %s order by hour
            """,
            [base, span],
        ).fetchall()
