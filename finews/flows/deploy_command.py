"""`finews deploy`: makes the flows known to a Prefect server, for its workers to run."""

from __future__ import annotations

from typing import Annotated

import typer

from finews.flows.command_input import Json
from finews.schema.errors import RequestError

Pool = Annotated[
    str, typer.Option("--pool", help="The work pool; it is made where it is missing.", metavar="NAME")
]


Schedules = Annotated[
    bool,
    typer.Option(
        "--schedules/--no-schedules", help="Whether polls, retries, posts and checks run by themselves."
    ),
]


def deploy_command(pool: Pool = "finews", schedules: Schedules = True, json: Json = False) -> None:
    """Make the flows known to the Prefect server, with their schedules, so that workers run them.

    Workers are started with `finews worker --pool NAME`, with the same settings. `finews up` does both by itself.

    [bold]Example:[/] finews deploy --pool finews
    """
    from finews.flows.doors import prefect_configured
    from finews.flows.output import print_json

    if not prefect_configured():
        raise RequestError("no Prefect server is configured", advice="Set PREFECT_API_URL to its address")
    from finews.flows.deployments import deploy

    names = deploy(pool, schedules=schedules)
    if json:
        print_json({"pool": pool, "deployments": names})
    else:
        typer.echo(f"in pool {pool}: {', '.join(names)}")
