"""Failed attempts to sign in: counted by subject, an account or an address, for all consoles of a database."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from psycopg import Connection

from finews.schema.records import Record

_KEPT: Final = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Failures(Record):
    """How often it failed in a row, when last, and until when no further attempt is heard."""

    number: int = 0
    last_at: datetime
    locked_until: datetime | None = None


Rule = Callable[[str, Failures, datetime], Failures]
"""(subject, failures so far, now) → failures with this attempt, should it fail."""


def count_attempt(connection: Connection[Any], subjects: Sequence[str], rule: Rule) -> datetime | None:
    """Counts an attempt as failed for each subject; returns until when they are locked where one of them is.

    A locked one counts nothing. Counted before the password is looked at, many attempts at once are as many as one
    after the other; `clear_failures` takes back what was right.
    """
    # What somebody else has in hand is not waited for: it goes the next time.
    connection.execute(
        """
        delete from login_failures where subject in
            (select subject from login_failures where last_at < now() - %s for update skip locked)
        """,
        [_KEPT],
    )
    connection.execute(
        """
        insert into login_failures (subject, failures, last_at)
        select subject, 0, now() from unnest(%s::text[]) subject on conflict do nothing
        """,
        [sorted(subjects)],
    )
    rows = connection.execute(
        """
        select subject, failures, last_at, locked_until, now() from login_failures
        where subject = any(%s) order by subject for update
        """,
        [list(subjects)],
    ).fetchall()
    locks: list[datetime] = [until for _, _, _, until, now in rows if until and until > now]
    if locks:
        return max(locks)
    known: Mapping[str, Failures] = {
        subject: rule(subject, Failures(number=number, last_at=last, locked_until=until), now)
        for subject, number, last, until, now in rows
    }
    for subject, each in known.items():
        connection.execute(
            "update login_failures set failures = %s, last_at = %s, locked_until = %s where subject = %s",
            [each.number, each.last_at, each.locked_until, subject],
        )
    return None


def clear_failures(connection: Connection[Any], subject: str) -> bool:
    """Forgets what failed for a subject; tells whether there was something."""
    return connection.execute("delete from login_failures where subject = %s", [subject]).rowcount == 1


def take_back(connection: Connection[Any], subjects: Sequence[str]) -> None:
    """The last attempt of these was none that failed: it is not counted, and locks nothing."""
    connection.execute(
        """
        update login_failures set failures = greatest(failures - 1, 0), locked_until = null
        where subject in (select subject from login_failures where subject = any(%s) order by subject for update)
        """,
        [list(subjects)],
    )
