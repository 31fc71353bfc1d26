"""`finews doctor`: every check, told as a list or as one object."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from finews.flows.command_input import Json, settings_in_force

if TYPE_CHECKING:
    from finews.flows.check import Check

_COLOURS = {"well": "green", "worth knowing": "yellow", "wrong": "red", "not checked": "dim"}


def doctor_command(json: Json = False) -> None:
    """Look at database, migrations, Prefect, mirrors, feeds, disk, clock and permissions; exit 1 if one is wrong.

    Says what is wrong and how to mend it. Changes nothing, and asks each mirror and each feed once.

    [bold]Example:[/] finews doctor
    """
    from finews.flows.doctor import diagnose, is_well
    from finews.flows.output import print_json

    found = diagnose(settings_in_force)
    if json:
        print_json({"well": is_well(found), "checks": [each.as_json() for each in found]})
    else:
        _print(found)
    raise typer.Exit(0 if is_well(found) else 1)


def _print(checks: Sequence[Check]) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console()
    width = max(len(each.standing) for each in checks)
    for each in checks:
        line = Text(f"{each.standing.value:{width}}", style=_COLOURS[each.standing.value])
        console.print(line.append(f"  {each.name}: {each.found}", style="not dim"), soft_wrap=True)
        if each.mend:
            console.print(Text(f"{'':{width}}  → {each.mend}"), soft_wrap=True)
