"""`finews worker`: this machine works for a pool of a Prefect server, on the database that they share."""

from __future__ import annotations

import os
import socket
from typing import Annotated

import typer

from finews.flows.command_input import Json, settings_in_force
from finews.schema.errors import RequestError

Pool = Annotated[str, typer.Option("--pool", help="The work pool.", metavar="NAME")]
Limit = Annotated[int | None, typer.Option("--limit", min=1, help="Flows at a time.", metavar="N")]
Name = Annotated[
    str,
    typer.Option("--name", help="What Prefect calls it; default: the host and the process.", metavar="NAME"),
]
Health = Annotated[
    bool,
    typer.Option(
        "--health", help="Serve /health at PREFECT_WORKER_WEBSERVER_HOST and PREFECT_WORKER_WEBSERVER_PORT."
    ),
]


def worker_command(
    pool: Pool = "finews", limit: Limit = None, name: Name = "", health: Health = False, json: Json = False
) -> None:
    """Work for a pool: run what the Prefect server at PREFECT_API_URL has for it, until Ctrl-C.

    Needs the same FINEWS_DATABASE_URL, site and sources as the others; `finews deploy` or `finews up` has made the
    pool. With --json the object says which worker it is; the log goes to standard error.

    [bold]Example:[/] finews worker --pool finews --limit 4
    """
    from finews.flows.doors import prefect_configured
    from finews.flows.output import print_json
    from finews.flows.prefect_pool import look_for_pool
    from finews.flows.work_here import work_here
    from finews.schema.database import Database, shown_address

    if not prefect_configured():
        raise RequestError("no Prefect server is configured", advice="Set PREFECT_API_URL to its address")
    settings = settings_in_force()
    address = look_for_pool(pool)
    with Database(settings) as database:
        shown = shown_address(database.address)
    name = name or f"{socket.gethostname()}.{os.getpid()}"
    if json:
        print_json({"worker": name, "pool": pool, "prefect": address, "database": shown})
    else:
        typer.echo(f"worker {name} works for pool {pool} of {address}, on {shown}")
    work_here(settings, pool, name=name, limit=limit, health=health)
