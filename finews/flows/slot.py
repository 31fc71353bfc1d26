"""What a run comes to that found its slot taken."""

from __future__ import annotations

from finews.flows.pipeline import Pipeline
from finews.flows.report import Report
from finews.schema.ledger import start_run
from finews.schema.slots import holder_of, record_skipped


def slot_taken(pipeline: Pipeline, kind: str) -> Report:
    """A row of the ledger, and a note that says which run of the kind is at work, where, and since when."""
    with pipeline.database.transaction() as connection:
        holder = holder_of(connection, kind)
        run = start_run(
            connection,
            kind,
            reason="the slot was taken",
            flow_run=pipeline.flow_run,
            detail=pipeline.intended,
        )
        told = (
            {"run": holder.run, "host": holder.host, "pid": holder.pid, "since": holder.since.isoformat()}
            if holder
            else {}
        )
        record_skipped(connection, run, {"slot": told})
    note = (
        f"skipped: run {holder.run} {kind}s already, process {holder.pid} on {holder.host} since "
        f"{holder.since.astimezone():%Y-%m-%d %H:%M:%S}"
        if holder
        else f"skipped: another {kind} is just starting"
    )
    return Report(run=run, kind=kind, note=note, extra={"slot": told})
