"""`finews retention`: what old payloads and events take less room, and what is told of it."""

from __future__ import annotations

from typing import Annotated

import typer

from finews.flows.command_input import Json, settings_in_force

DryRun = Annotated[bool, typer.Option("--dry-run", help="Tell what would be saved, and change nothing.")]


def retention_command(dry_run: DryRun = False, json: Json = False) -> None:
    """Pack or drop the payloads of articles that are long settled, and roll up their events.

    FINEWS_KEEP_PAYLOADS, FINEWS_OLD_PAYLOADS and FINEWS_KEEP_EVENTS say which; by default everything is kept.

    [bold]Example:[/] FINEWS_KEEP_PAYLOADS=90 FINEWS_OLD_PAYLOADS=pack finews retention --dry-run
    """
    from finews.flows.output import print_json
    from finews.flows.pipeline import Pipeline
    from finews.flows.progress import shown_progress
    from finews.flows.retention import Kept, Terms, look_ahead, retain

    settings = settings_in_force()
    terms = Terms.of(settings)
    run: int | None = None
    if terms.idle:
        kept = Kept(dry_run=dry_run)
        if not json:
            typer.echo(
                "everything is kept for ever: see FINEWS_KEEP_PAYLOADS, FINEWS_OLD_PAYLOADS, FINEWS_KEEP_EVENTS"
            )
    else:
        with shown_progress() as progress, Pipeline(settings, progress=progress) as pipeline:
            if dry_run:
                kept = look_ahead(pipeline, terms)
            else:
                run, kept = retain(pipeline, terms)
    if json:
        print_json({"run": run, **kept.as_json()})
        return
    would = "would be " if dry_run else ""
    typer.echo(
        f"{kept.packed} payloads {would}packed, {kept.dropped} {would}dropped: {_size(kept.bytes)} less; "
        f"{kept.events} events {would}rolled up: {_size(kept.event_bytes)} less"
    )


def _size(number: int) -> str:
    return f"{number / 2**20:.1f} MiB"
