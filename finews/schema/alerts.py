"""Alerts: what fires, what was told, and the messages that some target has not got yet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, LiteralString

from psycopg import Connection
from psycopg.rows import class_row, kwargs_row

from finews.schema.alert_records import Alert, Episode, Message, Outgoing, Watch

_KEPT = timedelta(days=90)
"""How long a message is kept."""
_ALERT: LiteralString = "kind, subject, what, since, held_at, well_at, fired_at, cleared_at, told"
_MESSAGE: LiteralString = "id, at, title, body, delivered, attempts, done_at"


def watch_of(connection: Connection[Any]) -> Watch:
    """What the checks so far have left."""
    with connection.cursor(row_factory=class_row(Alert)) as cursor:
        alerts = cursor.execute(f"select {_ALERT} from alerts order by kind, subject").fetchall()
    with connection.cursor(row_factory=class_row(Episode)) as cursor:
        episode = cursor.execute(
            "select messages, told_at, relapses, cleared_at from alert_episode"
        ).fetchone()
    return Watch(alerts=tuple(alerts), episode=episode or Episode())


def keep_watch(connection: Connection[Any], watch: Watch) -> None:
    """Keeps what a check has found, in place of what the one before it had left."""
    connection.execute("delete from alerts")
    with connection.cursor() as cursor:
        cursor.executemany(
            f"insert into alerts ({_ALERT}) values (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (a.kind, a.subject, a.what, a.since, a.held_at, a.well_at, a.fired_at, a.cleared_at, a.told)
                for a in watch.alerts
            ],
        )
    episode = watch.episode
    connection.execute(
        """
        insert into alert_episode (messages, told_at, relapses, cleared_at) values (%s, %s, %s, %s)
        on conflict (only_one) do update set messages = excluded.messages, told_at = excluded.told_at,
            relapses = excluded.relapses, cleared_at = excluded.cleared_at
        """,
        [episode.messages, episode.told_at, episode.relapses, episode.cleared_at],
    )


def put_out(connection: Connection[Any], message: Message, *, at: datetime) -> None:
    """Keeps a message, to be sent until every target has it; very old ones are dropped."""
    connection.execute(
        "insert into alert_messages (at, title, body) values (%s, %s, %s)", [at, message.title, message.body]
    )
    connection.execute("delete from alert_messages where at < %s", [at - _KEPT])


def waiting(connection: Connection[Any]) -> list[Outgoing]:
    """Messages that some target has not got yet, oldest first."""
    return _messages(connection, "where done_at is null order by id", 1000)


def newest_messages(connection: Connection[Any], limit: int) -> list[Outgoing]:
    """The newest messages, newest first."""
    return _messages(connection, "order by id desc", limit)


def _messages(connection: Connection[Any], which: LiteralString, limit: int) -> list[Outgoing]:
    with connection.cursor(row_factory=kwargs_row(_outgoing)) as cursor:
        return cursor.execute(f"select {_MESSAGE} from alert_messages {which} limit %s", [limit]).fetchall()


def _outgoing(**columns: Any) -> Outgoing:
    return Outgoing(**{**columns, "delivered": tuple(columns["delivered"])})


def note_delivery(connection: Connection[Any], message: int, target: str) -> None:
    """A target has this message."""
    connection.execute(
        "update alert_messages set delivered = array_append(delivered, %s) where id = %s", [target, message]
    )


def note_attempt(connection: Connection[Any], message: int, targets: Sequence[str]) -> None:
    """Sending it was tried; it is done where all of these targets have it."""
    connection.execute(
        """
        update alert_messages set attempts = attempts + 1,
            done_at = case when delivered @> %s::text[] then now() end
        where id = %s
        """,
        [list(targets), message],
    )
