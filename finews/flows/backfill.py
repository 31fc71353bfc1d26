"""`backfill`: fills gaps. From a list of links: what is missing, or with `force` all of it."""

from __future__ import annotations

from collections.abc import Sequence

from finews.flows.ingest import ingest
from finews.flows.pipeline import Pipeline
from finews.flows.report import Report
from finews.schema.articles import identities


def backfill_links(
    pipeline: Pipeline, codes: Sequence[str], *, force: bool = False, reason: str = ""
) -> Report:
    """Ingests those of `codes` that have no row yet; `force` asks for all of them and records edits."""
    with pipeline.database.transaction() as connection:
        present = set() if force else set(identities(connection, codes))
    wanted = [code for code in codes if code not in present]
    return ingest(
        pipeline,
        wanted,
        kind="backfill",
        reason=reason or f"{len(wanted)} of {len(codes)} links",
        skipped=len(present),
    )
