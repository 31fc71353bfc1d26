"""`replay`: makes posts again from stored payloads, without one request."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TypeVar

from finews.flows.fetch import Leases
from finews.flows.load import load_payloads
from finews.flows.pipeline import Pipeline, Run
from finews.flows.publish import publish_pending
from finews.flows.report import Report
from finews.schema.frontier import claim
from finews.schema.payloads import read_payloads, readable_payloads
from finews.schema.records import Outcome, Result

T = TypeVar("T")
_BATCH = 200


def replay(
    pipeline: Pipeline,
    *,
    codes: Collection[str] | None = None,
    reason: str | None = None,
    everything: bool = False,
    why: str = "",
) -> Report:
    """Reads again: the payloads of `codes`, those in quarantine for `reason`, or of every article.

    An article's payload is the one that its row was made from; what waits in quarantine wins over it. A link
    that another process holds just now is `skipped`.
    """
    with pipeline.database.transaction() as connection:
        found = readable_payloads(connection, codes=codes, reason=reason, everything=everything)
    with pipeline.run("replay", why or f"{len(found)} payloads") as run:
        pipeline.progress.begin("replaying", len(found))
        for batch in _batches(sorted(found), _BATCH):
            results = _replayed(pipeline, run, {code: found[code] for code in batch})
            run.results += results
            publish_pending(pipeline.database, pipeline.settings)
            pipeline.progress.advance(len(results))
        missing = sorted(set(codes or ()) - set(found))
        run.results += [
            Result(info_code=code, outcome=Outcome.SKIPPED, reason="no_payload", post=None)
            for code in missing
        ]
    return Report(run=run.number, kind="replay", results=run.results)


def _replayed(pipeline: Pipeline, run: Run, payload_ids: dict[str, int]) -> list[Result]:
    leases = Leases(pipeline, run)
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


def _batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
