"""`finews backup` and `finews restore`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from finews.flows.command_input import Json, settings_in_force

Target = Annotated[Path, typer.Argument(help="The file to write.", metavar="FILE")]
Source = Annotated[Path, typer.Argument(help="A file that `finews backup` wrote.", metavar="FILE")]
Force = Annotated[bool, typer.Option("--force", help="Replace a file that is there.")]


def backup_command(file: Target, force: Force = False, json: Json = False) -> None:
    """Write the whole database to a file, in pg_dump's own format; everything may run on meanwhile.

    The posts need no backup: `finews restore` and `finews publish` make the same site again.

    [bold]Example:[/] finews backup finews-$(date +%F).dump
    """
    from finews.flows.backup import back_up
    from finews.flows.output import print_json

    found = back_up(settings_in_force(), file, force=force)
    if json:
        print_json(found)
    else:
        typer.echo(f"{found['file']}: {found['bytes'] / 2**20:.1f} MiB, schema {found['revision']}")


def restore_command(file: Source, json: Json = False) -> None:
    """Fill an empty database from a backup, all of it or nothing. `finews publish` then writes the posts.

    [bold]Example:[/] FINEWS_HOME=/srv/new finews restore finews-2026-03-10.dump
    """
    from finews.flows.backup import restore
    from finews.flows.output import print_json

    found = restore(settings_in_force(), file)
    if json:
        print_json(found)
    else:
        typer.echo(f"{found['articles']} articles are back; `finews publish` writes their posts")
