"""`finews reconcile`: which days are compared, whether what can be is repaired, and what is told of it."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from finews.flows.command_input import Json, settings_in_force

From = Annotated[
    str | None,
    typer.Option("--from", help="Only from this day on: `2026-01-05`, `2026-01`, `7d`.", metavar="D"),
]
To = Annotated[str | None, typer.Option("--to", help="Only up to this day, which is included.", metavar="D")]
Fix = Annotated[bool, typer.Option("--fix", help="Repair what needs no request, and compare again.")]


def reconcile_command(first: From = None, last: To = None, mend: Fix = False, json: Json = False) -> None:
    """Compare what was listed, what is known, rows and posts, day by day; exit 1 where something is off.

    Off are wrong posts, articles stuck between stages, and listed articles that nobody fetches. What waits for its
    time, or repeats the text of another, is told and is not off. Days are China's.

    [bold]Example:[/] finews reconcile --from 2026-01 --to 2026-02 --fix
    """
    from finews.flows.output import print_json
    from finews.flows.output_reconcile import print_fixed, print_reconciliation
    from finews.flows.pipeline import Pipeline
    from finews.flows.progress import shown_progress
    from finews.flows.reconcile import reconcile
    from finews.flows.reconcile_fix import fix
    from finews.flows.time_range import day_range

    since, until = day_range(first, last)
    settings = settings_in_force()
    with shown_progress() as progress, Pipeline(settings, progress=progress) as pipeline:
        compare = partial(reconcile, pipeline.database, settings, first=since, last=until, progress=progress)
        found = compare()
        told = found.as_json()
        if mend:
            before = found.counts
            run, fixed = fix(pipeline, first=since, last=until)
            found = compare()
            told = found.as_json() | {"run": run, "fixed": fixed, "before": before}
    if json:
        print_json(told)
    else:
        if mend:
            print_fixed(told)
        print_reconciliation(found)
    raise typer.Exit(0 if found.clean else 1)
