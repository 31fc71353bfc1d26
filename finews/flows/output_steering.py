"""What `finews feeds` and `finews mirrors` print: for a person, and as JSON values."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from finews.flows import feeds, mirror_view
from finews.flows.mirror_names import name_of
from finews.flows.mirror_rates import rate_in_words
from finews.flows.pauses import paused_in_words
from finews.schema.feed_records import FeedState
from finews.schema.hourly_counts import MirrorHour
from finews.schema.mirrors import MirrorState
from finews.schema.pauses import Pause
from finews.schema.settings import Settings

_COLOURS = {"well": "green", "failed": "red", "failing": "red", "open": "red", "never": "dim"}


def feed_json(feed: FeedState, settings: Settings) -> dict[str, Any]:
    """A feed as `--json` prints it; `usual` is how many articles it lists in the mean of two weeks."""
    return {
        "name": feed.name,
        "state": feeds.standing_of(feed, settings).value,
        "flags": list(feed.flags),
        "paused": pause_json(feed.paused),
        "last_success": _iso(feed.last_success),
        "last_error": feed.last_error,
        "last_error_at": _iso(feed.last_error_at),
        "failures": feed.failures,
        "next_poll": None if feed.paused else _iso(feed.next_poll),
        "listed": feed.listed,
        "discovered": feed.discovered,
        "usual": round(feed.history.usual, 1) if feed.history.readings else None,
    }


def mirror_json(mirror: MirrorState, day: MirrorHour | None, settings: Settings) -> dict[str, Any]:
    """A mirror as `--json` prints it; `day` is what it answered within a day, null where it was not asked."""
    return {
        "base": mirror.base,
        "name": name_of(settings, mirror.base),
        "state": mirror_view.standing_of(mirror).value,
        "paused": pause_json(mirror.paused),
        "circuit": "open" if mirror.opened else "closed",
        "since": _iso(mirror.opened_at),
        "next_probe": _iso(mirror.probe_at),
        "last_error": mirror.last_error,
        "last_error_at": _iso(mirror.last_error_at),
        "rate": mirror_view.rate_of(mirror, settings),
        "rate_set_by": mirror.rate_by if mirror.rate is not None else None,
        "day": {
            "answers": day.answers,
            "refusals": day.refusals,
            "troubles": day.troubles,
            "seconds": None if day.latency is None else round(day.latency, 3),
        }
        if day
        else None,
    }


def pause_json(pause: Pause | None) -> dict[str, Any] | None:
    """`{at, by, why}`; None where nothing is paused."""
    return {"at": _iso(pause.at), "by": pause.by, "why": pause.why} if pause else None


def print_feeds(found: Sequence[FeedState], settings: Settings) -> None:
    """`finews feeds list` for a person."""
    table = _table(
        "feed", "state", "last success", "last error", "in a row", "next poll", "listed", "new", "usual"
    )
    for each in found:
        table.add_row(
            each.name,
            _state(feeds.standing_of(each, settings)),
            _when(each.last_success) or "never",
            each.last_error or "",
            str(each.failures or ""),
            "" if each.paused else _when(each.next_poll),
            str(each.listed),
            str(each.discovered),
            f"{each.history.usual:.0f}" if each.history.readings else "",
        )
    console = Console()
    console.print(table)
    for each in found:
        if each.paused:
            console.print(Text(f"feed {each.name} is {paused_in_words(each.paused)}"))


def print_mirrors(found: Sequence[tuple[MirrorState, MirrorHour | None]], settings: Settings) -> None:
    """`finews mirrors list` for a person."""
    table = _table("mirror", "state", "since", "next probe", "last error", "rate", "answers a day", "mean")
    for state, day in found:
        table.add_row(
            state.base,
            _state(mirror_view.standing_of(state)),
            _when(state.paused.at if state.paused else state.opened_at),
            _when(state.probe_at),
            state.last_error or "",
            rate_in_words(mirror_view.rate_of(state, settings)),
            str(day.answers) if day else "",
            f"{day.latency * 1000:.0f} ms" if day and day.latency is not None else "",
        )
    console = Console()
    console.print(table)
    for state, _ in found:
        if state.paused:
            console.print(Text(f"mirror {state.base} is {paused_in_words(state.paused)}"))


def _state(word: str) -> Text:
    return Text(word, style=_COLOURS.get(word, "yellow"))


def _iso(moment: datetime | None) -> str | None:
    return moment.astimezone().isoformat(timespec="seconds") if moment else None


def _when(moment: datetime | None) -> str:
    """`2026-03-10 09:30:00`, in the time zone of this machine."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S}" if moment else ""


def _table(*columns: str) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
