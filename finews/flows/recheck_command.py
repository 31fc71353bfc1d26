"""`finews recheck`: young articles asked again for edits."""

from __future__ import annotations

import typer

from finews.flows.command_input import Json, settings_in_force


def recheck_command(json: Json = False) -> None:
    """Ask again for young articles whose time has come, and publish what the source has edited.

    An article is asked for again 1, 6 and 24 hours after it came (FINEWS_RECHECK_AFTER), with a part of the rate of
    its own.

    [bold]Example:[/] finews recheck
    """
    from finews.flows.doors import recheck_articles
    from finews.flows.output import print_json, print_report

    report = recheck_articles(settings_in_force(), quiet=False)
    print_json(report.as_json()) if json else print_report(report)
    raise typer.Exit(1 if report.trouble else 0)
