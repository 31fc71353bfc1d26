"""Tokens of the API: kept as hashes, each of an account, with a label, perhaps an end, and when it was used last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row

from finews.schema.records import Record


@dataclass(frozen=True, kw_only=True)
class ApiToken(Record):
    """What is known of a token besides itself."""

    id: int
    account: str
    label: str
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None
    revoked_at: datetime | None


def add_token(
    connection: Connection[Any], token_hash: bytes, account: str, label: str, lasts: timedelta | None
) -> int:
    """Keeps a token of an account; returns its number."""
    row = connection.execute(
        "insert into api_tokens (token_hash, account, label, expires_at) values (%s, %s, %s, now() + %s) returning id",
        [token_hash, account, label, lasts],
    ).fetchone()
    assert row is not None
    return int(row[0])


def account_of_token(connection: Connection[Any], token_hash: bytes) -> str | None:
    """The account whose token this is, where it is neither revoked nor over; notes that it was used, by the minute."""
    row = connection.execute(
        """
        select id, account, used_at is null or used_at < now() - interval '1 minute' from api_tokens
        where token_hash = %s and revoked_at is null and (expires_at is null or expires_at > now())
        """,
        [token_hash],
    ).fetchone()
    if row is None:
        return None
    number, account, stale = row
    if stale:
        connection.execute("update api_tokens set used_at = now() where id = %s", [number])
    return str(account)


def tokens(connection: Connection[Any], account: str | None = None) -> list[ApiToken]:
    """The tokens of an account, or all, in the order in which they were made."""
    with connection.cursor(row_factory=class_row(ApiToken)) as cursor:
        return cursor.execute(
            """
            select id, account, label, created_at, expires_at, used_at, revoked_at from api_tokens
            where %(account)s::text is null or account = %(account)s order by id
            """,
            {"account": account},
        ).fetchall()


def revoke_token(connection: Connection[Any], number: int) -> ApiToken | None:
    """Ends a token for good and returns it; None where there is none of this number."""
    with connection.cursor(row_factory=class_row(ApiToken)) as cursor:
        return cursor.execute(
            """
            update api_tokens set revoked_at = coalesce(revoked_at, now()) where id = %s
            returning id, account, label, created_at, expires_at, used_at, revoked_at
            """,
            [number],
        ).fetchone()
