"""The command `finews`: thin faces over the use cases. Nothing heavy is imported before it is needed."""

from __future__ import annotations

from typing import Annotated

import typer

import finews
from finews.flows.accounts_commands import accounts_app
from finews.flows.alerts_commands import alerts_app
from finews.flows.backfill_command import backfill_command
from finews.flows.backfills_commands import backfills_app
from finews.flows.backup_commands import backup_command, restore_command
from finews.flows.command_input import File, Json, Links, codes_of, settings_in_force
from finews.flows.deploy_command import deploy_command
from finews.flows.doctor_command import doctor_command
from finews.flows.entry import run
from finews.flows.feeds_commands import feeds_app
from finews.flows.import_command import import_command
from finews.flows.metrics_command import metrics_command
from finews.flows.mirrors_commands import mirrors_app
from finews.flows.publish_command import publish_command
from finews.flows.quarantine_commands import quarantine_app
from finews.flows.recheck_command import recheck_command
from finews.flows.reconcile_command import reconcile_command
from finews.flows.replay_command import replay_command
from finews.flows.retention_command import retention_command
from finews.flows.status_command import status_command
from finews.flows.ui_command import ui_command
from finews.flows.up_command import up_command
from finews.flows.worker_command import worker_command
from finews.schema.errors import RequestError

app = typer.Typer(
    name="finews",
    help="Chinese financial news: share links and feeds in, deduplicated Jekyll posts out.",
    epilog="Exit status: 0 all well; 1 something ended quarantined, gone, blocked or failed; "
    "2 the request is wrong; 3 a service is out of reach.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.add_typer(quarantine_app, name="quarantine")
app.add_typer(backfills_app, name="backfills")
app.add_typer(alerts_app, name="alerts")
app.add_typer(accounts_app, name="accounts")
app.add_typer(feeds_app, name="feeds")
app.add_typer(mirrors_app, name="mirrors")
app.command("backfill")(backfill_command)
app.command("deploy")(deploy_command)
app.command("replay")(replay_command)
app.command("recheck")(recheck_command)
app.command("reconcile")(reconcile_command)
app.command("import")(import_command)
app.command("publish")(publish_command)
app.command("status")(status_command)
app.command("metrics")(metrics_command)
app.command("retention")(retention_command)
app.command("backup")(backup_command)
app.command("restore")(restore_command)
app.command("doctor")(doctor_command)
app.command("up")(up_command)
app.command("ui")(ui_command)
app.command("worker")(worker_command)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"finews {finews.__version__}")
        raise typer.Exit


@app.callback()
def common(
    _version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Chinese financial news: share links and feeds in, deduplicated Jekyll posts out."""


@app.command()
def ingest(links: Links = None, file: File = None, json: Json = False) -> None:
    """Fetch articles by their links now, and publish them.

    Asks the source also for known articles, and whatever a link's waiting time.

    [bold]Example:[/] finews ingest NW202112212221210789 --file links.txt
    """
    from finews.flows.doors import ingest_links
    from finews.flows.output import print_json, print_report

    settings, codes = settings_in_force(), codes_of(links, file)
    report = ingest_links(settings, codes, quiet=False)
    print_json(report.as_json()) if json else print_report(report)
    raise typer.Exit(1 if report.trouble else 0)


@app.command()
def poll(
    feed: Annotated[
        list[str] | None,
        typer.Option("--feed", help="Only this feed: rolling, headlines, 37, 38 or 39.", metavar="NAME"),
    ] = None,
    json: Json = False,
) -> None:
    """Read the feeds, fetch what is not known yet, and publish it.

    [bold]Example:[/] finews poll --feed rolling
    """
    from finews.flows.doors import poll_feeds
    from finews.flows.output import print_json, print_report
    from finews.flows.poll import known_feeds

    report = poll_feeds(settings_in_force(), known_feeds(feed or ()), quiet=False)
    print_json(report.as_json()) if json else print_report(report)
    raise typer.Exit(1 if report.trouble else 0)


@app.command()
def forget(
    links: Links = None,
    why: Annotated[str, typer.Option("--why", help="Why; it is kept in the ledger.")] = "",
    undo: Annotated[bool, typer.Option("--undo", help="Let them come back.")] = False,
    json: Json = False,
) -> None:
    """Remove articles for good: row, post and payload. A later sighting does not bring them back.

    [bold]Example:[/] finews forget NW202112212221210789 --why "withdrawn at the author's request"
    """
    from finews.flows.audit import about, command_entered
    from finews.flows.forget import forget as bury
    from finews.flows.forget import remember
    from finews.flows.output import print_counts, print_json
    from finews.flows.pipeline import Pipeline

    if not (why or undo):
        raise RequestError("a reason is needed", advice='Say it with --why "…"')
    settings, codes = settings_in_force(), codes_of(links)
    with (
        Pipeline(settings) as pipeline,
        command_entered(pipeline.database, "remember" if undo else "forget", about(codes), why=why) as entry,
    ):
        report = remember(pipeline, codes, why=why) if undo else bury(pipeline, codes, why=why)
        entry.outcome = f"run {report.run}"
    print_json({"run": report.run, **report.extra}) if json else print_counts(report.extra)


@app.command()
def trace(
    link: Annotated[str, typer.Argument(help="Any form of link.", metavar="LINK")], json: Json = False
) -> None:
    """Where an article is, and why: every event of every run.

    [bold]Example:[/] finews trace https://finance.eastmoney.com/a/202112212221210789.html
    """
    from finews.flows.output import print_json, print_trace
    from finews.flows.standing import trace as traced
    from finews.schema.database import Database
    from finews.schema.infocode import parse_link

    settings = settings_in_force()
    code = parse_link(link, mirror_hosts=settings.mirror_hosts)
    with Database(settings) as database:
        found = traced(database, settings, code)
    print_json(found) if json else print_trace(found)


@app.command()
def settings(json: Json = False) -> None:
    """The settings in force, with their meaning; secrets are not shown.

    [bold]Example:[/] finews settings
    """
    from finews.flows.output import print_json, print_settings

    found = settings_in_force().shown()
    print_json({"settings": found}) if json else print_settings(found)


@app.command()
def demo(
    articles: Annotated[
        int, typer.Option("--articles", min=20, max=5000, help="Articles in the newsroom.")
    ] = 120,
    json: Json = False,
) -> None:
    """The whole way on the bundled newsroom: polls and ingests through real flow runs.

    [bold]Example:[/] finews demo
    """
    from finews.flows.demo import run_demo

    run_demo(settings_in_force(), articles=articles, as_json=json)


def main() -> None:
    """The entry point."""
    run(app)


if __name__ == "__main__":
    main()
