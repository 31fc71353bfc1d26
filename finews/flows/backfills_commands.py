"""`finews backfills`: which there are, how far they have come; plan, run, pause, cancel."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from finews.flows.command_input import Json, settings_in_force

if TYPE_CHECKING:
    from finews.flows.backfills import Standing
    from finews.schema.database import Database

Number = Annotated[int, typer.Argument(help="The backfill's number.", metavar="N")]

backfills_app = typer.Typer(
    name="backfills",
    help="Backfills: which there are, how far they have come; plan, run, pause, cancel.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)


@backfills_app.command("list")
def list_command(
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="So many, the newest.")] = 20,
    json: Json = False,
) -> None:
    """The newest backfills.

    [bold]Example:[/] finews backfills list
    """
    from finews.flows.backfills import newest_standings
    from finews.flows.output import print_json
    from finews.flows.output_backfill import print_standings, standing_as_json
    from finews.schema.database import Database

    with Database(settings_in_force()) as database:
        found = newest_standings(database, limit)
    print_json({"backfills": [standing_as_json(each) for each in found]}) if json else print_standings(found)


@backfills_app.command("show")
def show_command(number: Number, json: Json = False) -> None:
    """How far a backfill has come, how fast it goes, and how long the rest will take.

    [bold]Example:[/] finews backfills show 3
    """
    from finews.flows.backfills import standing_of

    _tell(lambda database: standing_of(database, number), json=json)


@backfills_app.command("plan")
def plan_command(number: Number, json: Json = False) -> None:
    """Read the list of a backfill that was asked for and not begun, and show day by day what it would do.

    [bold]Example:[/] finews backfills plan 3
    """
    from finews.flows.doors import plan_known_backfill
    from finews.flows.output import print_json
    from finews.flows.output_backfill import plan_as_json, print_plan

    plan = plan_known_backfill(settings_in_force(), number, quiet=False)
    print_json(plan_as_json(plan)) if json else print_plan(plan)
    raise typer.Exit(1 if plan.unread else 0)


@backfills_app.command("run")
def run_command(number: Number, json: Json = False) -> None:
    """Run a planned backfill, or carry on with a paused or interrupted one.

    [bold]Example:[/] finews backfills run 3
    """
    from finews.flows.doors import run_known_backfill
    from finews.flows.output import print_json, print_report

    report = run_known_backfill(settings_in_force(), number, quiet=False)
    print_json(report.as_json()) if json else print_report(report)
    raise typer.Exit(1 if report.trouble else 0)


@backfills_app.command("pause")
def pause_command(number: Number, json: Json = False) -> None:
    """Have whoever is at work on a backfill stop; what is under way is finished first.

    [bold]Example:[/] finews backfills pause 3
    """
    from finews.flows.backfills import pause

    _tell(lambda database: _by_hand(pause, "pause", database, number), json=json)


@backfills_app.command("cancel")
def cancel_command(number: Number, json: Json = False) -> None:
    """End a backfill for good; what it has fetched is kept.

    [bold]Example:[/] finews backfills cancel 3
    """
    from finews.flows.backfills import cancel

    _tell(lambda database: _by_hand(cancel, "cancel", database, number), json=json)


def _by_hand(
    change: Callable[[Database, int], Standing], action: str, database: Database, number: int
) -> Standing:
    from finews.flows.audit import command_entered

    with command_entered(database, f"{action} backfill", str(number)) as entry:
        found = change(database, number)
        entry.outcome = f"it is {found.backfill.state}"
    return found


def _tell(what: Callable[[Database], Standing], *, json: bool) -> None:
    from finews.flows.output import print_json
    from finews.flows.output_backfill import print_standing, standing_as_json
    from finews.schema.database import Database

    with Database(settings_in_force()) as database:
        found = what(database)
    print_json(standing_as_json(found)) if json else print_standing(found)
