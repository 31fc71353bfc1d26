"""`finews quarantine …`: the commands about payloads that could not become a post."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from finews.flows.command_input import Json, Links, codes_of, settings_in_force
from finews.flows.replay_command import replay_and_print_selection
from finews.flows.sieve_options import Day, Media, Normaliser, Reason, Until, sieve_of
from finews.schema.errors import RequestError
from finews.schema.sieve import Sieve

quarantine_app = typer.Typer(
    help="Payloads that could not become a post: list, show, replay, discard.\n\n"
    "[bold]Example:[/] finews quarantine list --reason title_missing",
    no_args_is_help=True,
    rich_markup_mode="rich",
)


@quarantine_app.command("list")
def quarantine_list(
    reason: Reason = None,
    media: Media = None,
    day: Day = None,
    normaliser: Normaliser = None,
    discarded: Annotated[bool, typer.Option("--discarded", help="Show also what was discarded.")] = False,
    json: Json = False,
) -> None:
    """What is in quarantine.

    [bold]Example:[/] finews quarantine list --reason body_empty
    """
    from finews.flows.output import print_json, print_quarantine
    from finews.flows.quarantine import as_json, list_items
    from finews.schema.database import Database

    sieve = sieve_of(
        reason=reason, media=media, day=day, normaliser=normaliser, discarded=None if discarded else False
    )
    with Database(settings_in_force()) as database:
        items = list_items(database, sieve)
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
    reason: Reason = None,
    media: Media = None,
    day: Day = None,
    normaliser: Normaliser = None,
    until: Until = None,
    discarded: Annotated[
        bool, typer.Option("--discarded", help="What was discarded: that is undone by it.")
    ] = False,
    everything: Annotated[bool, typer.Option("--all", help="All that is in quarantine.")] = False,
    json: Json = False,
) -> None:
    """Read quarantined payloads again, after a fix.

    [bold]Example:[/] finews quarantine replay --reason media_missing
    """
    from finews.schema.replayable import Selection

    sieve = sieve_of(
        reason=reason, media=media, day=day, normaliser=normaliser, until=until, discarded=discarded
    )
    codes = _named(links, sieve, everything)
    selection = Selection.of(sieve)
    if codes:
        # What an operator names may have been discarded: naming it undoes that.
        named = Selection(codes=codes, discarded=True)
        selection = named if sieve == Sieve() else replace(named, sieve=replace(sieve, discarded=None))
    replay_and_print_selection(selection, json=json)


@quarantine_app.command("discard")
def quarantine_discard(
    links: Links = None,
    reason: Reason = None,
    media: Media = None,
    day: Day = None,
    normaliser: Normaliser = None,
    until: Until = None,
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
    sieve = sieve_of(reason=reason, media=media, day=day, normaliser=normaliser, until=until)
    codes = _named(links, sieve, everything)
    subject = about(codes) if codes else " ".join(sieve.named) or "all"
    with (
        Database(settings_in_force()) as database,
        command_entered(database, "discard", subject, why=why) as entry,
    ):
        items = discard_items(database, codes=codes, sieve=sieve, why=why)
        entry.outcome = f"{len(items)} discarded"
    print_json({"items": [as_json(each) for each in items]}) if json else print_quarantine(items)


def _named(links: list[str] | None, sieve: Sieve, everything: bool) -> tuple[str, ...] | None:
    """The articles that are named one by one, None where all are meant that the sieve leaves."""
    if not links and not everything and sieve == Sieve():
        raise RequestError("nothing is named", advice="Name links, --reason, --media, --day or --all")
    if links and everything:
        raise RequestError("links and --all are both named", advice="Name one of them")
    return tuple(codes_of(links)) if links else None
