"""What an operator does to one article: each says in a sentence what it came to."""

from __future__ import annotations

from finews.flows.background import begin
from finews.flows.forget import forget, remember
from finews.flows.operator import operator
from finews.flows.pipeline import Pipeline
from finews.flows.replay import replay
from finews.flows.report import Report
from finews.schema.database import Database
from finews.schema.errors import RequestError
from finews.schema.replayable import Selection
from finews.schema.settings import Settings

_LONGEST = 1000


def fetch_article(database: Database, settings: Settings, info_code: str) -> str:
    """Has the source asked for it now, by a process of its own. Raises BackgroundError."""
    begun = begin(database, settings, ["ingest", info_code], who=operator())
    return f"run {begun.run} asks the source" if begun.run else "the source is being asked"


def replay_article(settings: Settings, info_code: str) -> str:
    """Reads its stored payload again, and publishes what comes of it. Raises UnknownNameError."""
    with Pipeline(settings) as pipeline:
        return _told(replay(pipeline, Selection(codes=(info_code,))))


def forget_article(settings: Settings, info_code: str, *, why: str) -> str:
    """Removes row, post and payloads, and keeps it from coming back. Raises RequestError without a reason."""
    with Pipeline(settings) as pipeline:
        report = forget(pipeline, [info_code], why=_reason(why))
    posts = "its post was removed" if report.extra["removed_posts"] else "it had no post"
    return f"forgotten in run {report.run}; {posts}"


def remember_article(settings: Settings, info_code: str, *, why: str) -> str:
    """Lets a forgotten article come back. Raises UnknownNameError where it is not forgotten."""
    with Pipeline(settings) as pipeline:
        report = remember(pipeline, [info_code], why=why.strip()[:_LONGEST])
    return f"remembered in run {report.run}; the next poll fetches it"


def _told(report: Report) -> str:
    said = [each.outcome.value + (f" ({each.reason})" if each.reason else "") for each in report.results]
    return f"run {report.run}: {', '.join(said) or 'nothing to do'}"


def _reason(why: str) -> str:
    reason = " ".join(why.split())
    if not reason:
        raise RequestError("a reason is needed", advice="Say why; it is kept in the ledger")
    if len(reason) > _LONGEST or "\0" in reason:
        raise RequestError("the reason is too long", advice=f"{_LONGEST} characters are enough")
    return reason
