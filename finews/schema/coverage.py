"""Provisional."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from psycopg import Connection


def incomplete_days(connection: Connection[Any], first: date, last: date, *, now: datetime) -> list[date]:
    """Days."""
    return []
