"""What commands share: their common options, the settings, and reading links from arguments, files and pipes."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from finews.schema.errors import RequestError

if TYPE_CHECKING:
    from finews.schema.settings import Settings

Json = Annotated[bool, typer.Option("--json", help="Print exactly one JSON object on standard output.")]
Links = Annotated[
    list[str] | None, typer.Argument(help="Links or infoCodes, `-` for standard input.", metavar="LINK…")
]
File = Annotated[
    list[str] | None,
    typer.Option(
        "--file", help="A file with one link a line, `#` comments; `-` for standard input.", metavar="F"
    ),
]


def settings_in_force() -> Settings:
    """The settings; raises SettingError."""
    from finews.schema.settings import Settings

    return Settings.load()


def codes_of(links: Sequence[str] | None, files: Sequence[str] | None = None) -> list[str]:
    """The infoCodes that arguments and files name, each once; raises RequestError and InvalidLinksError."""
    from finews.flows.ingest import lines_of, read_links

    if not links and not files:
        raise RequestError("no link is given", advice="Name links, or a file with --file")
    named = (_standard_input() if link == "-" else [("", link)] for link in links or ())
    listed = (_standard_input() if file == "-" else lines_of(Path(file)) for file in files or ())
    return read_links(chain.from_iterable(chain(named, listed)), settings_in_force())


def _standard_input() -> list[tuple[str, str]]:
    text = sys.stdin.buffer.read().decode("utf-8", "replace")
    return [(f"standard input:{number}", line) for number, line in enumerate(text.splitlines(), 1)]
