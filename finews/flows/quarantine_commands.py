"""`finews quarantine …`: the commands about payloads that could not become a post."""

from __future__ import annotations

from typing import Annotated

import typer

from finews.flows.command_input import Json, Links, codes_of, settings_in_force
from finews.flows.replay_command import replay_and_print
from finews.schema.errors import RequestError

quarantine_app = typer.Typer(
    help="Payloads that could not become a post: list, show, replay, discard.\n\n"
    "[bold]Example:[/] finews quarantine list --reason title_missing",
    no_args_is_help=True,
    rich_markup_mode="rich",
)


@quarantine_app.command("list")
def quarantine_list(
    reason: Annotated[
        str | None, typer.Option("--reason", help="Only what is there for this reason.")
    ] = None,
    discarded: Annotated[bool, typer.Option("--discarded", help="Show also what was discarded.")] = False,
    json: Json = False,
) -> None:
    """What is in quarantine.

    [bold]Example:[/] finews quarantine list --reason body_empty
    """
    from finews.flows.output import print_json, print_quarantine
    from finews.flows.quarantine import as_json, list_items
    from finews.schema.database import Database

    with Database(settings_in_force()) as database:
        items = list_items(database, reason=reason, discarded=discarded)
    print_json({"items": [as_json(each) for each in items]}) if json else print_quarantine(items)


@quarantine_app.command("show")
def quarantine_show(
    link: Annotated[str, typer.Argument(help="Any form of link.", metavar="LINK")], json: Json = False
) -> None:
    """An item with its payload.

    [bold]Example:[/] finews quarantine show NW202112212221210789
    """
    from finews.flows.output import print_item, print_json
    from finews.flows.quarantine import as_json, show_item
    from finews.schema.database import Database

    settings = settings_in_force()
    with Database(settings) as database:
        item, payload = show_item(database, codes_of([link])[0])
    shown = {**as_json(item), "url": payload.url, "status": payload.status, "size": len(payload.body)}
    text = payload.body.decode("utf-8", "replace")
    print_json({"items": [{**shown, "payload": text}]}) if json else print_item(shown, text)


@quarantine_app.command("replay")
def quarantine_replay(
    links: Links = None,
    reason: Annotated[str | None, typer.Option("--reason", help="All that is there for this reason.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that is in quarantine.")] = False,
    json: Json = False,
) -> None:
    """Read quarantined payloads again, after a fix.

    [bold]Example:[/] finews quarantine replay --reason media_missing
    """
    replay_and_print(links, reason=reason, everything=everything, json=json, quarantine=True)


@quarantine_app.command("discard")
def quarantine_discard(
    links: Links = None,
    reason: Annotated[str | None, typer.Option("--reason", help="All that is there for this reason.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that is in quarantine.")] = False,
    why: Annotated[str, typer.Option("--why", help="Why; it is kept with the item.")] = "",
    json: Json = False,
) -> None:
    """Give up on quarantined payloads; a replay undoes it.

    [bold]Example:[/] finews quarantine discard NW202112212221210789 --why "an empty test article"
    """
    from finews.flows.audit import about, command_entered
    from finews.flows.output import print_json, print_quarantine
    from finews.flows.quarantine import as_json, discard_items
    from finews.schema.database import Database

    if not why:
        raise RequestError("a reason is needed", advice='Say it with --why "…"')
    if not (links or reason or everything):
        raise RequestError("nothing is named", advice="Name links, --reason or --all")
    codes = codes_of(links) if links else None
    subject = about(codes) if codes else reason or "all"
    with (
        Database(settings_in_force()) as database,
        command_entered(database, "discard", subject, why=why) as entry,
    ):
        items = discard_items(database, codes=codes, reason=reason, why=why)
        entry.outcome = f"{len(items)} discarded"
    print_json({"items": [as_json(each) for each in items]}) if json else print_quarantine(items)
