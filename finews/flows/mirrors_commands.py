"""`finews mirrors`: how each mirror is doing; pause one, set its rate, ask whether it is there, close its circuit."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from finews.flows.command_input import Json, settings_in_force
from finews.schema.errors import RequestError

if TYPE_CHECKING:
    from finews.schema.database import Database
    from finews.schema.settings import Settings

Name = Annotated[
    str,
    typer.Argument(help="A mirror: its host, its address, or its place in FINEWS_SOURCES.", metavar="MIRROR"),
]
Why = Annotated[str, typer.Option("--why", help="Why; it is shown wherever the pause is.")]

mirrors_app = typer.Typer(
    name="mirrors",
    help="Mirrors: how each is doing; pause one, set its rate, ask whether it is there, close its circuit.\n\n"
    "[bold]Example:[/] finews mirrors list",
    no_args_is_help=True,
    rich_markup_mode="rich",
)


@mirrors_app.command("list")
def list_command(json: Json = False) -> None:
    """How each mirror is doing, and what it answered within a day.

    [bold]Example:[/] finews mirrors list
    """
    from finews.flows.mirror_view import DAY, mirrors_now
    from finews.flows.output import print_json
    from finews.flows.output_steering import mirror_json, print_mirrors
    from finews.schema.database import Database

    settings = settings_in_force()
    with Database(settings) as database:
        found = mirrors_now(database, settings, DAY)
    if json:
        print_json({"mirrors": [mirror_json(state, day, settings) for state, day in found]})
    else:
        print_mirrors(found, settings)


@mirrors_app.command("pause")
def pause_command(name: Name, why: Why = "", json: Json = False) -> None:
    """Have the next crawl of every process not ask a mirror. Articles that no other has are tried again later.

    The first mirror serves the feeds: while it is paused, none is read.

    [bold]Example:[/] finews mirrors pause app.jg.eastmoney.com --why "it asked us to wait"
    """
    from finews.flows.pauses import pause_mirror

    _do(name, lambda database, settings: pause_mirror(database, settings, name, why=why), json=json)


@mirrors_app.command("resume")
def resume_command(name: Name, json: Json = False) -> None:
    """Have crawls ask a mirror again.

    [bold]Example:[/] finews mirrors resume app.jg.eastmoney.com
    """
    from finews.flows.pauses import resume_mirror

    _do(name, lambda database, settings: resume_mirror(database, settings, name), json=json)


@mirrors_app.command("rate")
def rate_command(
    name: Name,
    rate: Annotated[
        float | None, typer.Argument(help="Requests a second, from 0.1 to 50.", metavar="RATE")
    ] = None,
    default: Annotated[bool, typer.Option("--default", help="As FINEWS_RATE says.")] = False,
    json: Json = False,
) -> None:
    """Set the requests a second to a mirror, for the next crawl of every process; it wins over FINEWS_RATE.

    [bold]Example:[/] finews mirrors rate app.jg.eastmoney.com 2
    """
    from finews.flows.mirror_rates import set_mirror_rate

    if (rate is None) is not default:
        raise RequestError("a rate is needed, or --default", advice="Name one of both")
    _do(name, lambda database, settings: set_mirror_rate(database, settings, name, rate), json=json)


@mirrors_app.command("probe")
def probe_command(name: Name, json: Json = False) -> None:
    """Ask a mirror now whether it is there; an answer closes its circuit. Exit status 1 where it does not answer well.

    [bold]Example:[/] finews mirrors probe app.jg.eastmoney.com
    """
    from finews.flows.mirror_probe import probe_mirror

    failed = False

    def probe(database: Database, settings: Settings) -> str:
        nonlocal failed
        found = probe_mirror(database, settings, name)
        failed = found.error is not None
        return found.words

    _do(name, probe, json=json)
    raise typer.Exit(1 if failed else 0)


@mirrors_app.command("close")
def close_command(name: Name, json: Json = False) -> None:
    """Close a mirror's circuit without asking it.

    [bold]Example:[/] finews mirrors close app.jg.eastmoney.com
    """
    from finews.flows.mirror_probe import close_now

    _do(name, lambda database, settings: close_now(database, settings, name), json=json)


def _do(name: str, do: Callable[[Database, Settings], str], *, json: bool) -> None:
    from finews.flows.mirror_names import mirror_named
    from finews.flows.mirror_view import DAY, mirrors_now
    from finews.flows.output import print_json
    from finews.flows.output_steering import mirror_json
    from finews.schema.database import Database

    settings = settings_in_force()
    base = mirror_named(settings, name)
    with Database(settings) as database:
        done = do(database, settings)
        found = mirrors_now(database, settings, DAY)
    if json:
        mirrors = [mirror_json(state, day, settings) for state, day in found if state.base == base]
        print_json({"done": [done], "mirrors": mirrors})
    else:
        typer.echo(done)
