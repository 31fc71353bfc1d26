"""What the API says of runs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self

from pydantic import Field

from finews.flows.prefect_logs import page_in_prefect
from finews.schema.run_pages import LedgerRun
from finews.ui.api import Answer


class RunItem(Answer):
    """A run of the ledger."""

    run: int
    kind: str
    state: str = Field(description="running, ended, broken or skipped")
    reason: str
    started_at: datetime
    ended_at: datetime | None
    seconds: float | None
    counts: Mapping[str, int] = Field(description="Articles by outcome")

    @classmethod
    def of(cls, run: LedgerRun) -> Self:
        """The answer for a row."""
        return cls(**_shared(run))


class RunDetail(RunItem):
    """A run with all that the ledger keeps beside it."""

    host: str
    pid: int
    flow_run: str | None = Field(description="Its number in Prefect, where it ran there")
    prefect: str | None = Field(description="Its page in Prefect, where one is configured")
    detail: Mapping[str, Any]

    @classmethod
    def of(cls, run: LedgerRun) -> Self:
        """The answer for a row."""
        return cls(
            **_shared(run),
            host=run.host,
            pid=run.pid,
            flow_run=run.flow_run,
            prefect=page_in_prefect(run.flow_run),
            detail=run.detail,
        )


class RunArticle(Answer):
    """An article that a run brought to its end."""

    info_code: str
    stage: str
    outcome: str
    reason: str
    at: datetime
    title: str | None


class RunLineItem(Answer):
    """A line that a run said; a gap in the numbers is what was left out."""

    number: int
    at: datetime
    level: str
    line: str


def _shared(run: LedgerRun) -> dict[str, Any]:
    return {
        "run": run.id,
        "kind": run.kind,
        "state": run.state,
        "reason": run.reason,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "seconds": run.seconds,
        "counts": run.counts,
    }
