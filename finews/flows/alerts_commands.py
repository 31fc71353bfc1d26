"""`finews alerts …`: check what is amiss and tell it, list what fires, try the targets."""

from __future__ import annotations

import typer

from finews.flows.command_input import Json, settings_in_force
from finews.schema.errors import RequestError

alerts_app = typer.Typer(
    help="What is amiss, and who is told of it.\n\n[bold]Example:[/] finews alerts list",
    no_args_is_help=True,
    rich_markup_mode="rich",
)


@alerts_app.command("check")
def alerts_check(json: Json = False) -> None:
    """Look at everything once, and send what there is to tell; the service does so every minute.

    Exit status 1 where a message could not be delivered: it is sent again by the next check. A database that is away
    is told too, with exit status 3.

    [bold]Example:[/] finews alerts check
    """
    from finews.flows.alerts import check_all
    from finews.flows.output import print_json
    from finews.flows.output_alerts import print_check

    found = check_all(settings_in_force())
    print_json(found.as_json()) if json else print_check(found)
    if found.away:
        typer.echo(f"finews: {found.away}", err=True)
        raise typer.Exit(found.away.exit_status)
    raise typer.Exit(1 if found.trouble else 0)


@alerts_app.command("list")
def alerts_list(json: Json = False) -> None:
    """What fires, what may be about to, and the newest messages.

    [bold]Example:[/] finews alerts list
    """
    from finews.flows.alerts import standing_alerts
    from finews.flows.output import print_json
    from finews.flows.output_alerts import print_alerts
    from finews.schema.database import Database

    settings = settings_in_force()
    with Database(settings) as database:
        found = standing_alerts(database, settings)
    print_json(found) if json else print_alerts(found)


@alerts_app.command("test")
def alerts_test(json: Json = False) -> None:
    """Send a test message to every target of FINEWS_ALERTS_TO, and say of each whether it was delivered.

    [bold]Example:[/] finews alerts test
    """
    from datetime import UTC, datetime

    from finews.flows.alerts import try_targets
    from finews.flows.output import print_json
    from finews.flows.output_alerts import print_trial

    settings = settings_in_force()
    if not settings.alert_targets:
        raise RequestError(
            "nobody is to be told", advice="Set FINEWS_ALERTS_TO to addresses of apprise, comma-separated"
        )
    found = try_targets(settings, now=datetime.now(UTC))
    print_json({"targets": found}) if json else print_trial(found)
    raise typer.Exit(1 if any(each["error"] for each in found) else 0)
