"""`finews feeds`: how each feed is doing; pause one, and have it read again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from finews.flows.command_input import Json, settings_in_force

if TYPE_CHECKING:
    from finews.schema.database import Database

Names = Annotated[list[str], typer.Argument(help="Feeds: rolling, headlines, 37, 38 or 39.", metavar="NAME…")]
Why = Annotated[str, typer.Option("--why", help="Why; it is shown wherever the pause is.")]

feeds_app = typer.Typer(
    name="feeds",
    help="Feeds: how each is doing; pause one, and have it read again.\n\n"
    "[bold]Example:[/] finews feeds list",
    no_args_is_help=True,
    rich_markup_mode="rich",
)


@feeds_app.command("list")
def list_command(json: Json = False) -> None:
    """How each feed is doing.

    [bold]Example:[/] finews feeds list
    """
    from finews.flows.feeds import feeds_now
    from finews.flows.output import print_json
    from finews.flows.output_steering import feed_json, print_feeds
    from finews.schema.database import Database

    settings = settings_in_force()
    with Database(settings) as database:
        found = feeds_now(database)
    if json:
        print_json({"feeds": [feed_json(each, settings) for each in found]})
    else:
        print_feeds(found, settings)


@feeds_app.command("pause")
def pause_command(names: Names, why: Why = "", json: Json = False) -> None:
    """Have no poll read a feed, scheduled or by hand, until it is resumed. It raises no alert meanwhile.

    [bold]Example:[/] finews feeds pause 38 --why "the source rebuilds it"
    """
    from finews.flows.pauses import pause_feed

    _each(names, lambda database, name: pause_feed(database, name, why=why), json=json)


@feeds_app.command("resume")
def resume_command(names: Names, json: Json = False) -> None:
    """Have polls read a feed again.

    [bold]Example:[/] finews feeds resume 38
    """
    from finews.flows.pauses import resume_feed

    _each(names, resume_feed, json=json)


def _each(names: Sequence[str], do: Callable[[Database, str], str], *, json: bool) -> None:
    from finews.flows.feeds import feeds_now
    from finews.flows.output import print_json
    from finews.flows.output_steering import feed_json
    from finews.flows.poll import known_feeds
    from finews.schema.database import Database

    # A name that is wrong is told before anything is done.
    wanted, settings = known_feeds(names), settings_in_force()
    with Database(settings) as database:
        done = [do(database, name) for name in wanted]
        feeds = [each for each in feeds_now(database) if each.name in wanted]
    if json:
        print_json({"done": done, "feeds": [feed_json(each, settings) for each in feeds]})
    else:
        for words in done:
            typer.echo(words)
