"""`finews status` for a person: once, or redrawn until Ctrl-C."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from finews.schema.errors import ServiceError

_EVERY = 2.0
"""Seconds between two looks."""


def print_status(found: Mapping[str, Any]) -> None:
    """The status, once."""
    Console().print(_view(found), highlight=False)


def watch_status(look: Callable[[], Mapping[str, Any]]) -> None:
    """Shows what `look` returns, again and again, until Ctrl-C; what is out of reach is said and looked for again."""
    console = Console()
    try:
        view: RenderableType = _view(look())
        with Live(view, console=console, auto_refresh=False, screen=console.is_terminal) as live:
            while True:
                time.sleep(_EVERY)
                try:
                    view = _view(look())
                    live.update(view, refresh=True)
                except ServiceError as error:
                    # What was seen last stays: it is all that there is to see.
                    live.update(Group(view, Text(str(error), style="red")), refresh=True)
    except KeyboardInterrupt:
        return


def _view(found: Mapping[str, Any]) -> Group:
    return Group(
        *_head(found),
        _feeds(found),
        *_notes(found),
        *([_runs(found)] if found["runs"] else []),
        Text(f"posts in {found['site']}, data in {found['home']}"),
    )


def _head(found: Mapping[str, Any]) -> Iterator[Text]:
    head = Text(str(found["articles"]), style="bold")
    head.append(f" articles, {found['posts']} posts, {found['quarantine']} in quarantine", style="not bold")
    yield head
    fresh = found["freshness"]
    if fresh["articles"]:
        yield Text(
            f"freshness within an hour: half of {fresh['articles']} posts on disk after {_length(fresh['p50'])}, "
            f"95 % after {_length(fresh['p95'])}"
        )
    if found["behind"]:
        yield Text(
            f"{found['behind']} made by an earlier normaliser: `finews replay --behind` makes them again"
        )
    states = ", ".join(f"{number} {state}" for state, number in found["links"].items() if number)
    yield Text(f"links: {states or 'none yet'}")


def _feeds(found: Mapping[str, Any]) -> Table:
    table = _table("feed", "last success", "last error", "failures", "next poll", "listed", "flags")
    for feed in found["feeds"]:
        table.add_row(
            feed["name"],
            _when(feed["last_success"]) or "never",
            feed["last_error"] or "",
            str(feed["failures"]),
            _when(feed["next_poll"]),
            str(feed["listed"]),
            Text("paused" if feed["paused"] else ", ".join(feed["flags"]), style="yellow"),
        )
    return table


def _notes(found: Mapping[str, Any]) -> Iterator[Text]:
    for feed in found["feeds"]:
        if feed["paused"]:
            yield Text(f"feed {feed['name']} is not read: {_pause(feed['paused'])}", style="yellow")
    for mirror in found["mirrors"]:
        if mirror["paused"]:
            yield Text(f"mirror {mirror['base']} is not asked: {_pause(mirror['paused'])}", style="yellow")
        elif mirror["circuit"] == "open":
            yield Text(
                f"mirror {mirror['base']} is not asked since {_when(mirror['since'])} "
                f"({mirror['last_error']}); next probe {_when(mirror['next_probe'])}",
                style="red",
            )
    for each in found["backfills"]:
        yield Text(
            f"backfill {each['backfill']} ({each['words']}) is {each['state']}, {each['left']} articles left"
        )


def _pause(paused: Mapping[str, str]) -> str:
    """`paused by zhang since 2026-03-10 09:30:00 (maintenance)`."""
    why = f" ({paused['why']})" if paused["why"] else ""
    return f"paused by {paused['by']} since {_when(paused['at'])}{why}"


def _runs(found: Mapping[str, Any]) -> Table:
    table = _table("run", "kind", "started", "state", "counts")
    for run in found["runs"]:
        counts = ", ".join(f"{number} {name}" for name, number in run["counts"].items() if number)
        table.add_row(str(run["id"]), run["kind"], _when(run["started_at"]), run["state"], counts)
    return table


def _when(moment: str | None) -> str:
    """`2026-03-10T09:30:00+00:00` as `2026-03-10 09:30:00`, in the time zone of this machine."""
    return moment[:19].replace("T", " ") if moment else ""


def _table(*columns: str) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _length(seconds: float) -> str:
    """`2.5 s`, `14 min`, `5 h`, `262 days`."""
    for unit, size in (("days", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:g} s"
