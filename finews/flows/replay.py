"""`replay`: makes posts again from stored payloads, without one request."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from finews.flows.leases import Leases
from finews.flows.load import load_payloads
from finews.flows.pipeline import Pipeline, Run
from finews.flows.publish import publish_results
from finews.flows.report import Report
from finews.schema.frontier import claim
from finews.schema.payloads import (
    StoredPayload,
    in_batches,
    payloads_in_quarantine,
    payloads_of,
    payloads_of_all_articles,
    read_payloads,
)
from finews.schema.records import Outcome, Result


def replay(
    pipeline: Pipeline,
    *,
    codes: Collection[str] = (),
    reason: str | None = None,
    everything: bool = False,
    quarantine: bool = False,
    why: str = "",
) -> Report:
    """Reads stored payloads again: of `codes`, of what is in quarantine for `reason`, or of every article.

    `everything` is all rows and all that waits in quarantine; with `quarantine` only the latter. What was
    discarded is read where it is named. A link that another process holds just now is `skipped`.
    """
    found = pipeline.lasting(lambda: _chosen(pipeline, codes, reason, everything, quarantine))
    with pipeline.run("replay", why or f"{len(found)} payloads") as run:
        pipeline.progress.begin("replaying", len(found))
        for batch in in_batches(found):

            def work(batch: Sequence[StoredPayload] = batch) -> None:
                # After an outage only what the first try did not bring to its end.
                ended = {each.info_code for each in run.results}
                left = {each.info_code: each.id for each in batch if each.info_code not in ended}
                results = _replayed(pipeline, run, left)
                publish_results(pipeline.database, pipeline.settings, results)
                run.results += results
                pipeline.progress.advance(len(results))

            pipeline.lasting(work)
        missing = sorted(set(codes) - {each.info_code for each in found})
        run.results += [
            Result(info_code=code, outcome=Outcome.SKIPPED, reason="no_payload", post=None)
            for code in missing
        ]
    return Report(run=run.number, kind="replay", results=run.results)


def _chosen(
    pipeline: Pipeline, codes: Collection[str], reason: str | None, everything: bool, quarantine: bool
) -> list[StoredPayload]:
    """One payload an article: what waits in quarantine wins over what the row was made from."""
    with pipeline.database.transaction() as connection:
        found = {each.info_code: each for each in payloads_of(connection, codes)}
        if reason or (everything and quarantine):
            found |= {each.info_code: each for each in payloads_in_quarantine(connection, reason)}
        elif everything:
            found |= {each.info_code: each for each in payloads_of_all_articles(connection)}
            found |= {each.info_code: each for each in payloads_in_quarantine(connection)}
    return [found[code] for code in sorted(found)]


def _replayed(pipeline: Pipeline, run: Run, payload_ids: dict[str, int]) -> list[Result]:
    leases = Leases(pipeline)
    try:
        with pipeline.database.transaction() as connection:
            claimed = leases.take(claim(connection, run.number, list(payload_ids)))
            payloads = list(read_payloads(connection, [payload_ids[code] for code in claimed]))
        results = load_payloads(pipeline.database, pipeline.settings, run.number, payloads, leases.tokens)
        leases.done([each.info_code for each in results])
    finally:
        leases.give_back()
    busy = sorted(set(payload_ids) - {each.info_code for each in results})
    return results + [
        Result(info_code=code, outcome=Outcome.SKIPPED, reason="leased", post=None) for code in busy
    ]
