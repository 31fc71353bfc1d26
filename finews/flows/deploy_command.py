"""`finews deploy`: makes the flows known to a Prefect server, for its workers to run."""

from __future__ import annotations

from typing import Annotated

import typer

from finews.flows.command_input import Json
from finews.schema.errors import RequestError

Pool = Annotated[
    str, typer.Option("--pool", help="The work pool; it is made where it is missing.", metavar="NAME")
]


def deploy_command(pool: Pool = "finews", json: Json = False) -> None:
    """Make the flows known to the Prefect server, so that they can be started there and run by workers.

    Workers are started with `prefect worker start --pool NAME --type process`, with the same settings.

    [bold]Example:[/] finews deploy --pool finews
    """
    from finews.flows.doors import prefect_configured
    from finews.flows.output import print_json

    if not prefect_configured():
        raise RequestError("no Prefect server is configured", advice="Set PREFECT_API_URL to its address")
    from finews.flows.deployments import deploy

    names = deploy(pool)
    if json:
        print_json({"pool": pool, "deployments": names})
    else:
        typer.echo(f"in pool {pool}: {', '.join(names)}")
