"""`finews import`: a site that was there before, into rows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from finews.flows.command_input import Json, settings_in_force

Site = Annotated[
    Path, typer.Argument(help="A folder with `_posts`, and `old_post` if it has one.", metavar="SITE")
]


def import_command(site: Site, json: Json = False) -> None:
    """Take over an existing site: its posts become rows, and not one file is touched.

    A following `publish` leaves good posts as they are, to the byte. What is written anew then, and which files could
    not be read, is told with the reason. Exit 1 where a file could not be read; the owner's own posts are no trouble.

    [bold]Example:[/] finews import ~/finews-site
    """
    from finews.flows.import_site import import_site
    from finews.flows.output import print_json
    from finews.flows.output_import import print_import
    from finews.flows.pipeline import Pipeline
    from finews.flows.progress import shown_progress

    with shown_progress() as progress, Pipeline(settings_in_force(), progress=progress) as pipeline:
        report = import_site(pipeline, site.expanduser())
    print_json(report.as_json()) if json else print_import(report)
    raise typer.Exit(1 if report.extra["unread"] else 0)
