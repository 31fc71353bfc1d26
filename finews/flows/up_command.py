"""`finews up`: the whole service on one machine, in one terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from typing import Annotated

import typer

from finews.flows.command_input import Json, settings_in_force

Demo = Annotated[
    bool,
    typer.Option("--demo", help="On the bundled newsroom, which keeps publishing, in a folder of its own."),
]


def up_command(demo: Demo = False, json: Json = False) -> None:
    """Run the whole service here: database, console, Prefect server, schedules, a worker. Ctrl-C ends all of it.

    Tells the addresses, then a line for each run that ends. What dies is started again. All of it is in FINEWS_HOME;
    a second one on the same folder says who has it. With --json the addresses are the object.

    [bold]Example:[/] finews up --demo
    """
    from finews.flows.output import print_addresses, print_json
    from finews.flows.service import run_service
    from finews.flows.service_lock import only_service

    def say(words: str) -> None:
        # A terminal that was closed ends the service; it must not keep it from ending in order.
        with suppress(OSError):
            typer.echo(words, err=json)

    def show(addresses: Mapping[str, str]) -> None:
        print_json(dict(addresses)) if json else print_addresses(addresses)

    settings = settings_in_force()
    with only_service(settings.data, say) as lock, ExitStack() as stack:
        beside: Mapping[str, Sequence[str]] = {}
        if demo:
            from finews.flows.demo_service import demo_service

            settings, beside = stack.enter_context(demo_service(settings))
        run_service(settings, lock, beside=beside, say=say, show=show)
