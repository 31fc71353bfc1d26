"""`finews metrics`: the figures for Prometheus, served or printed."""

from __future__ import annotations

import threading
from contextlib import ExitStack, suppress
from typing import Annotated

import typer

from finews.flows.command_input import Json, settings_in_force


def metrics_command(
    port: Annotated[
        int | None,
        typer.Option(
            "--port", min=0, max=65535, help="Serve on this port; 0: any. Default FINEWS_METRICS_PORT."
        ),
    ] = None,
    alerts: Annotated[
        bool,
        typer.Option("--alerts", help="Check for alerts every minute, too, as `finews alerts check` does."),
    ] = False,
    once: Annotated[bool, typer.Option("--once", help="Print them once, and serve nothing.")] = False,
    json: Json = False,
) -> None:
    """Serve `/metrics` for Prometheus until Ctrl-C, or print it once; `--json` prints the figures once.

    With --alerts it watches over the service as well, and needs neither the Prefect server nor a worker for it.

    [bold]Example:[/] finews metrics --port 9470
    """
    from finews.flows.alert_rounds import checked_beside
    from finews.flows.figures import figures
    from finews.flows.metrics import metrics_text, served_metrics
    from finews.flows.output import print_json
    from finews.schema.database import Database

    settings = settings_in_force()
    with ExitStack() as stack:
        if alerts and not (once or json):
            # Before the database is opened: that it is away is told, too.
            stack.enter_context(checked_beside(settings, lambda words: typer.echo(words, err=True)))
        database = stack.enter_context(Database(settings))
        if json:
            print_json({"figures": [each.as_json() for each in figures(database, settings)]})
            return
        if once:
            typer.echo(metrics_text(lambda: figures(database, settings)), nl=False)
            return
        where = (settings.metrics_host, settings.metrics_port if port is None else port)
        with (
            suppress(KeyboardInterrupt),
            served_metrics(lambda: figures(database, settings), *where) as address,
        ):
            typer.echo(f"figures are served at {address} until Ctrl-C", err=True)
            threading.Event().wait()
