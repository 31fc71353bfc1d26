"""`forget`: an article that must not be here, and must not come back; `undo` lets it."""

from __future__ import annotations

from collections.abc import Sequence

from finews.flows.operator import operator
from finews.flows.pipeline import Pipeline
from finews.flows.place import other_place
from finews.flows.publish import remove_posts
from finews.flows.report import Report
from finews.schema.errors import UnknownNameError
from finews.schema.ledger import record_events
from finews.schema.records import Event, Outcome, Result
from finews.schema.tombstones import bury, dig_up


def forget(pipeline: Pipeline, codes: Sequence[str], *, why: str) -> Report:
    """Removes row, post, payloads and sightings of these articles, and leaves a tombstone with who and why.

    The row goes first: a kill before the post is gone leaves an orphan that `publish` removes, since its link
    says that the article is forgotten. Raises SiteUnwritableError.
    """
    with pipeline.run("forget", why) as run:
        with pipeline.database.transaction() as connection:
            paths = bury(connection, codes)
            record_events(connection, run.number, [_event(code, "forgotten", why) for code in codes])
        for path in paths.values():
            remove_posts(pipeline.settings, [path, other_place(path)])
    return Report(
        run=run.number, kind="forget", extra={"forgotten": list(codes), "removed_posts": len(paths)}
    )


def remember(pipeline: Pipeline, codes: Sequence[str], *, why: str) -> Report:
    """Takes the tombstones away: the next poll or ingest fetches these articles anew.

    Raises UnknownNameError where one of them is not forgotten; then nothing is changed.
    """
    with pipeline.run("forget", why or "undo") as run, pipeline.database.transaction() as connection:
        back = dig_up(connection, codes)
        if missing := sorted(set(codes) - back):
            raise UnknownNameError(f"{', '.join(missing)}: not forgotten", advice="Nothing was changed")
        record_events(connection, run.number, [_event(code, "remembered", why) for code in codes])
    return Report(run=run.number, kind="forget", extra={"remembered": list(codes)})


def skipped_as_forgotten(codes: Sequence[str]) -> list[Result]:
    """What a run says of forgotten articles that it was asked for."""
    return [Result(info_code=code, outcome=Outcome.SKIPPED, reason="forgotten", post=None) for code in codes]


def _event(code: str, stage: str, why: str) -> Event:
    return Event(info_code=code, stage=stage, outcome=None, reason="", detail={"who": operator(), "why": why})
