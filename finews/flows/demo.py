"""`finews demo`: the whole way on the bundled newsroom, through real flow runs on a local Prefect server."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from finews.flows.doors import ingest_links, poll_feeds
from finews.flows.ingest import read_links
from finews.flows.local_prefect import local_prefect
from finews.flows.output import print_json
from finews.flows.reconcile import reconcile
from finews.flows.report import Report
from finews.flows.standing import status, trace
from finews.newsroom import NewsroomProcess, SourceArticle
from finews.schema.database import Database
from finews.schema.errors import RequestError
from finews.schema.records import FEEDS, Outcome
from finews.schema.settings import Settings

_MARKER = ".finews-demo"


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of the closing table: what was done and what came of it."""

    what: str
    came: str


def run_demo(operator: Settings, *, articles: int, as_json: bool) -> None:
    """Runs the demo under `FINEWS_HOME/demo`, which a later demo makes anew; prints a table or one JSON object."""
    home = operator.data / "demo"
    make_room(home)
    say = Console(stderr=True, highlight=False).print
    say("[bold]finews demo[/]: a newsroom with three mirrors and a Prefect server, both on this machine")
    with (
        NewsroomProcess(articles=articles) as newsroom,
        local_prefect(home / "prefect") as prefect,
        demo_environment(home, newsroom.bases, prefect.environment()),
    ):
        settings = Settings.load()
        with Database(settings):
            # Held open: one start of the database for all that follows.
            say("Waiting for the Prefect server (some ten seconds) …")
            prefect.wait()
            _steps(settings, newsroom, as_json, say)


def _steps(settings: Settings, newsroom: NewsroomProcess, as_json: bool, say: Callable[..., None]) -> None:
    # Only now: Prefect reads its environment when it is imported.
    from finews.flows.prefect_flows import flow_runs, send_what_is_left

    say("[bold]1.[/] poll: five feeds, and every article that they list")
    first = poll_feeds(settings, FEEDS, quiet=False)
    several, edited = _in_several_feeds(newsroom, first), _worth_an_edit(newsroom, first)
    say("[bold]2.[/] the source edits an article, and one is asked for by five forms of its link")
    newsroom.edit(edited.info_code, title=f"{edited.title}（更新）")
    forms = _five_forms(edited.info_code, newsroom.bases)
    again = ingest_links(settings, read_links([("", form) for form in forms], settings), quiet=False)
    say("[bold]3.[/] poll again: nothing is new")
    newsroom.forget_requests()
    second = poll_feeds(settings, FEEDS, quiet=False)
    asked = len(newsroom.requests)
    runs = flow_runs()
    send_what_is_left()
    with Database(settings) as database:
        several_trace = trace(database, settings, several.info_code)
        standing = status(database, settings)
        sound = reconcile(database, settings).clean
    kept_back = [each for each in first.results if each.outcome is Outcome.QUARANTINED]
    lines = [
        Line(what="first poll", came=_told(first)),
        Line(
            what=f"one article in {len(several_trace['feeds'])} feeds ({', '.join(several_trace['feeds'])})",
            came=f"stored once: {several_trace['post']}",
        ),
        *(
            Line(what="quarantined, payload kept", came=f"{each.info_code}: {each.reason}")
            for each in kept_back
        ),
        Line(
            what="edited at the source, ingested by five links",
            came=f"{len(again.results)} fetch, {again.results[0].outcome.value}: {again.results[0].post}",
        ),
        Line(what="second poll", came=f"{asked} requests, {_told(second)}"),
        Line(
            what="flow runs on the Prefect server",
            came="; ".join(f"{name} ({state})" for name, state in runs),
        ),
        Line(
            what="rows and posts compared",
            came=f"{standing['articles']} articles, {standing['posts']} posts, "
            + ("all alike" if sound else "they differ: see finews reconcile"),
        ),
    ]
    if as_json:
        print_json(
            {
                "polls": [first.as_json(), second.as_json()],
                "ingest": again.as_json(),
                "status": standing,
                "site": str(settings.site),
                "steps": [{"what": line.what, "came": line.came} for line in lines],
            }
        )
    else:
        _print(lines, settings, several, kept_back[0].info_code if kept_back else several.info_code)


def _print(lines: list[Line], settings: Settings, several: SourceArticle, kept_back: str) -> None:
    console = Console()
    table = Table(title="What happened", header_style="bold", show_lines=False)
    table.add_column("what", overflow="fold")
    table.add_column("what came of it", overflow="fold")
    for line in lines:
        table.add_row(Text(line.what), Text(line.came))
    console.print(table)
    posts = settings.site / "_posts"
    console.print(Text(f"The posts lie in {_short(posts)}."))
    console.print("What to try next (the newsroom is closed now; all of these need no source):", style="bold")
    call = f"FINEWS_HOME={_short(settings.data)} {_command()}"
    for words in (
        "status",
        f"trace {several.info_code}",
        "quarantine list",
        f"quarantine show {kept_back}",
        "replay --all",
        "reconcile",
    ):
        console.print(Text(f"  {call} {words}"), soft_wrap=True)


def _told(report: Report) -> str:
    return ", ".join(f"{number} {name}" for name, number in report.counts.items() if number) or "nothing new"


def _in_several_feeds(newsroom: NewsroomProcess, report: Report) -> SourceArticle:
    known = {each.info_code for each in report.results if each.outcome is Outcome.NEW}
    return max(
        (each for each in newsroom.articles if each.info_code in known), key=lambda each: len(each.feeds)
    )


def _worth_an_edit(newsroom: NewsroomProcess, report: Report) -> SourceArticle:
    known = {each.info_code for each in report.results if each.outcome is Outcome.NEW}
    plain = (
        each for each in newsroom.articles if each.info_code in known and each.title and not each.page_only
    )
    return next(each for each in plain if not each.extra and "rolling" not in each.feeds)


def _five_forms(info_code: str, bases: tuple[str, ...]) -> list[str]:
    number = info_code[2:]
    return [
        info_code.lower(),
        number,
        f"{bases[-1]}/html_News/NewsShare.html?infoCode={info_code}",
        f"https://finance.eastmoney.com/a/{number}.html",
        f"http://finews.zning.xyz/NewsData/GetNewsText.do?cid=1&id={info_code}",
    ]


def make_room(home: Path) -> None:
    """An empty folder for a demo, in place of an earlier one's; raises RequestError where something else is there."""
    if home.exists() and any(home.iterdir()) and not (home / _MARKER).exists():
        raise RequestError(
            f"{home} is in the way and was not made by a demo", advice="Move it, or set FINEWS_HOME"
        )
    shutil.rmtree(home, ignore_errors=True)
    try:
        home.mkdir(parents=True)
        (home / _MARKER).touch()
    except OSError as error:
        raise RequestError(f"{home} cannot be made ({error.strerror})", advice="Set FINEWS_HOME") from error


@contextmanager
def demo_environment(home: Path, sources: Sequence[str], more: Mapping[str, str]) -> Iterator[None]:
    """The environment of the demo's flows and processes, undone at the end."""
    before = dict(os.environ)
    # The operator's own settings, and where they are kept, are not for a demo: it must touch nothing of theirs.
    for name in [each for each in os.environ if each.startswith(("FINEWS_", "PREFECT_"))]:
        del os.environ[name]
    os.environ.update(
        {
            "FINEWS_HOME": str(home),
            "FINEWS_SETTINGS_FILE": os.devnull,
            "FINEWS_SOURCES": ",".join(sources),
            "FINEWS_FEED_COUNT": "200",
            **more,
        }
    )
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _command() -> str:
    """How a person in the working folder calls this command: its name where that finds it, else its path."""
    found = shutil.which("finews")
    called = Path(sys.argv[0]).absolute()
    return "finews" if found and Path(found).samefile(called) else str(_short(called))


def _short(path: Path) -> Path | str:
    """The path as a person in the working folder would type it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
