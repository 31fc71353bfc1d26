"""Sessions of the console: begun by signing in, over by signing out, by time, or with the password they began with."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from psycopg import Connection


def begin_session(
    connection: Connection[Any], session_hash: bytes, account: str, fingerprint: str, *, lasts: timedelta
) -> None:
    """Keeps a session that lasts so long at most; those that are over are dropped."""
    connection.execute(
        """
        delete from sessions where session_hash in
            (select session_hash from sessions where expires_at < now() for update skip locked)
        """
    )
    connection.execute(
        "insert into sessions (session_hash, account, fingerprint, expires_at) values (%s, %s, %s, now() + %s)",
        [session_hash, account, fingerprint, lasts],
    )


def live_session(
    connection: Connection[Any], session_hash: bytes, *, idle: timedelta
) -> tuple[str, str] | None:
    """(account, fingerprint) of a session that is neither over nor has rested for `idle`; notes that it was seen."""
    row = connection.execute(
        """
        select account, fingerprint, seen_at < now() - interval '1 minute' from sessions
        where session_hash = %s and expires_at > now() and seen_at > now() - %s
        """,
        [session_hash, idle],
    ).fetchone()
    if row is None:
        return None
    account, fingerprint, stale = row
    if stale:
        connection.execute("update sessions set seen_at = now() where session_hash = %s", [session_hash])
    return account, fingerprint


def end_sessions_of(connection: Connection[Any], account: str) -> None:
    """Ends all sessions of an account."""
    connection.execute("delete from sessions where account = %s", [account])


def end_session(connection: Connection[Any], session_hash: bytes) -> None:
    """Ends a session."""
    connection.execute("delete from sessions where session_hash = %s", [session_hash])
