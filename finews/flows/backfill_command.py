"""`finews backfill`: what is missing of a range, a feed or a list, shown first and fetched then."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from finews.flows.command_input import File, Json, codes_of, settings_in_force

if TYPE_CHECKING:
    from finews.flows.backfill_plan import Plan

_DAYS = "A day (2026-01-31), a month (2026-01), or how long ago (7d), in China time"
Since = Annotated[
    str | None,
    typer.Option("--from", help=f"First day. {_DAYS}; without it from the beginning.", metavar="D"),
]
Until = Annotated[
    str | None, typer.Option("--to", help="Last day, included; without it until now.", metavar="D")
]
Gaps = Annotated[bool, typer.Option("--gaps", help="Only days that `finews reconcile` calls incomplete.")]
Media = Annotated[
    str | None,
    typer.Option("--media", help="Only articles of this media name, to the letter.", metavar="NAME"),
]
Feed = Annotated[
    str | None,
    typer.Option(
        "--feed", help="What this feed lists as far as it goes, not what the search does.", metavar="NAME"
    ),
]
OnlyPlan = Annotated[
    bool, typer.Option("--plan", help="Show day by day what would be done, and fetch no article.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Force = Annotated[
    bool, typer.Option("--force", help="Fetch present articles again, too, and record edits as revisions.")
]


def backfill_command(
    since: Since = None,
    until: Until = None,
    gaps: Gaps = False,
    media: Media = None,
    feed: Feed = None,
    file: File = None,
    only_plan: OnlyPlan = False,
    yes: Yes = False,
    force: Force = False,
    json: Json = False,
) -> None:
    """Find out what is missing here of a range of days, a feed or a list, and fetch it.

    On a terminal the plan is shown first, and a question asked. One that was interrupted goes on where it stopped
    when it is asked for again. It leaves half of the rate to the polls (FINEWS_BACKFILL_SHARE).

    [bold]Example:[/] finews backfill --from 2026-01-01 --to 2026-01-31 --plan
    """
    from finews.flows.backfill_wish import wish_of
    from finews.flows.doors import backfill_for, plan_for
    from finews.flows.output import print_json, print_report
    from finews.flows.output_backfill import plan_as_json, print_plan
    from finews.flows.poll import known_feeds

    settings = settings_in_force()
    wish = wish_of(
        since=since,
        until=until,
        gaps=gaps,
        media=media,
        feed=known_feeds([feed])[0] if feed else None,
        force=force,
        codes=codes_of(None, file) if file else None,
    )
    if only_plan:
        plan = plan_for(settings, wish, quiet=False)
        print_json(plan_as_json(plan)) if json else print_plan(plan)
        raise typer.Exit(1 if plan.unread else 0)
    asking = not yes and sys.stdin.isatty() and sys.stderr.isatty()
    report = backfill_for(settings, wish, ask=_agreed if asking else None, quiet=False)
    if report is None:
        raise typer.Abort
    print_json(report.as_json()) if json else print_report(report)
    raise typer.Exit(1 if report.trouble else 0)


def _agreed(plan: Plan) -> bool:
    from finews.flows.output_backfill import plan_in_words, print_plan

    if not plan.requests:
        typer.echo(f"{plan_in_words(plan)}.", err=True)
        return True
    print_plan(plan, to_standard_error=True)
    return typer.confirm("Fetch them?", default=True, err=True)
