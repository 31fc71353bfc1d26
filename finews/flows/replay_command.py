"""`finews replay` and `finews quarantine replay`: which payloads are read again, and what is told of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from finews.flows.command_input import Json, codes_of, settings_in_force
from finews.schema.errors import RequestError

if TYPE_CHECKING:
    from finews.schema.replayable import Selection

Codes = Annotated[
    list[str] | None, typer.Argument(help="Links or infoCodes, `-` for standard input.", metavar="CODE…")
]
Everything = Annotated[bool, typer.Option("--all", help="Every article, and all that waits in quarantine.")]
Reason = Annotated[
    str | None, typer.Option("--reason", help="Only what waits in quarantine for this reason.", metavar="R")
]
Since = Annotated[
    str | None,
    typer.Option(
        "--since",
        help="Only payloads fetched since: `2026-01-05`, `2026-01`, `2026-01-05T09:30`, `2h`, `7d`.",
        metavar="T",
    ),
]
Media = Annotated[
    str | None,
    typer.Option("--media", help="Only articles of this media name, to the letter.", metavar="NAME"),
]
Behind = Annotated[bool, typer.Option("--behind", help="Only what an earlier normaliser made.")]
Diff = Annotated[
    bool, typer.Option("--diff", help="Show what would change, field by field, and change nothing.")
]
Samples = Annotated[
    int, typer.Option("--samples", min=0, max=1000, help="With --diff: samples of each field.", metavar="N")
]


def replay_command(
    codes: Codes = None,
    reason: Reason = None,
    everything: Everything = False,
    since: Since = None,
    media: Media = None,
    behind: Behind = False,
    diff: Diff = False,
    samples: Samples = 5,
    json: Json = False,
) -> None:
    """Make posts again from stored payloads, without one request, on all cores.

    What is named holds together: `--media M --since 7d` is what both are true of. Without a change of the code
    nothing is written.

    [bold]Example:[/] finews replay --media 样本财经报 --since 2026-01-05 --diff
    """
    replay_and_print(
        codes,
        reason=reason,
        everything=everything,
        since=since,
        media=media,
        behind=behind,
        samples=samples if diff else None,
        json=json,
    )


def replay_and_print(
    links: Sequence[str] | None,
    *,
    reason: str | None,
    everything: bool,
    json: bool,
    since: str | None = None,
    media: str | None = None,
    behind: bool = False,
    samples: int | None = None,
) -> None:
    """Replays or, with `samples`, compares what is named; tells it, and leaves with the exit status that fits."""
    from finews.flows.doors import compare_payloads
    from finews.flows.normalise import VERSION
    from finews.flows.output import print_json
    from finews.flows.output_diff import print_diff
    from finews.flows.time_range import time_range
    from finews.schema.replayable import Selection

    if not (links or reason or everything or since or media or behind):
        raise RequestError(
            "nothing is named", advice="Name links, --reason, --since, --media, --behind or --all"
        )
    if links and everything:
        raise RequestError("links and --all are both named", advice="Name one of them")
    selection = Selection(
        codes=tuple(codes_of(links)) if links else None,
        reason=reason,
        since=time_range(since).since if since else None,
        media=media,
        behind=VERSION if behind else None,
        # What an operator names may have been discarded: naming it undoes that.
        discarded=bool(links),
    )
    if samples is not None:
        found = compare_payloads(settings_in_force(), selection, samples=samples)
        print_json(found) if json else print_diff(found)
        return
    replay_and_print_selection(selection, json=json)


def replay_and_print_selection(selection: Selection, *, json: bool) -> None:
    """Replays a selection, tells what it came to, and leaves with the exit status that fits."""
    from finews.flows.doors import replay_payloads
    from finews.flows.output import print_json, print_report

    report = replay_payloads(settings_in_force(), selection, quiet=False)
    print_json(report.as_json()) if json else print_report(report)
    raise typer.Exit(1 if report.trouble else 0)
