"""`finews status`: what is there, once or again and again."""

from __future__ import annotations

from typing import Annotated

import typer

from finews.flows.command_input import Json, settings_in_force
from finews.schema.errors import RequestError


def status_command(
    watch: Annotated[bool, typer.Option("--watch", help="Redraw it every 2 seconds, until Ctrl-C.")] = False,
    json: Json = False,
) -> None:
    """What is there: articles, posts, how fresh they are, quarantine, links, feeds, last runs.

    [bold]Example:[/] finews status --watch
    """
    from finews.flows.output import print_json
    from finews.flows.output_status import print_status, watch_status
    from finews.flows.standing import status
    from finews.schema.database import Database

    if watch and json:
        raise RequestError("--watch does not go with --json", advice="--json prints exactly one object")
    settings = settings_in_force()
    with Database(settings) as database:
        if watch:
            watch_status(lambda: status(database, settings))
            return
        found = status(database, settings)
    print_json(found) if json else print_status(found)
