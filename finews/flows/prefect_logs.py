"""What Prefect knows of a run: the address of its page, and its log. Asked over HTTP; Prefect itself is not loaded."""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote, urlsplit, urlunsplit
from uuid import UUID

import httpx

from finews.schema.errors import PrefectUnreachableError
from finews.schema.records import Record

_PATIENCE: Final = 3.0
"""Seconds that a page waits for Prefect."""
_LEVELS: Final = ((40, "error"), (30, "warning"))


@dataclass(frozen=True, kw_only=True)
class PrefectLine(Record):
    """One line of a flow run's log; `level` is `info`, `warning` or `error`, `by` the logger."""

    at: datetime
    level: str
    by: str
    line: str


def page_in_prefect(flow_run: str | None) -> str | None:
    """The address of a flow run's page; None where no Prefect is configured, or it did not run there."""
    api = os.environ.get("PREFECT_API_URL", "").rstrip("/")
    if not flow_run or not api:
        return None
    shown = os.environ.get("PREFECT_UI_URL", "").rstrip("/") or _without_password(api).removesuffix("/api")
    return f"{shown}/runs/flow-run/{quote(flow_run, safe='')}"


def prefect_lines(flow_run: str, *, skip: int, limit: int) -> list[PrefectLine]:
    """Up to `limit` lines of a flow run's log, oldest first, after the first `skip`; none without a Prefect.

    Raises PrefectUnreachableError where the configured one is away or does not answer as it should.
    """
    api = os.environ.get("PREFECT_API_URL", "").rstrip("/")
    if not api or not flow_run:
        return []
    try:
        asked = {
            "logs": {"flow_run_id": {"any_": [str(UUID(flow_run))]}},
            "sort": "TIMESTAMP_ASC",
            "offset": skip,
            "limit": limit,
        }
        answer = httpx.post(f"{api}/logs/filter", json=asked, timeout=_PATIENCE, headers=_authorization())
        answer.raise_for_status()
        return [_line(each) for each in answer.json()]
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError) as error:
        raise PrefectUnreachableError(
            f"{_without_password(api)} ({type(error).__name__})",
            advice="What finews itself keeps of the run is shown all the same",
        ) from None


def _line(given: dict[str, Any]) -> PrefectLine:
    level = next((name for least, name in _LEVELS if given["level"] >= least), "info")
    return PrefectLine(
        at=datetime.fromisoformat(given["timestamp"]), level=level, by=given["name"], line=given["message"]
    )


def _authorization() -> dict[str, str]:
    if key := os.environ.get("PREFECT_API_KEY"):
        return {"Authorization": f"Bearer {key}"}
    if words := os.environ.get("PREFECT_API_AUTH_STRING"):
        return {"Authorization": f"Basic {base64.b64encode(words.encode()).decode()}"}
    return {}


def _without_password(address: str) -> str:
    parts = urlsplit(address)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
