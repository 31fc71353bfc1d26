"""The words of a message: what happened, to what, since when, what to do first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from finews.flows.alert_conditions import (
    BACKLOG_OLD,
    DATABASE_AWAY,
    DISK_LOW,
    FEED_FAILING,
    FEED_SILENT,
    KINDS,
    MIRROR_OPEN,
    POLL_LATE,
    QUARANTINE_RISING,
)
from finews.schema.alert_records import Alert, Message

FIRST_STEPS = {
    DATABASE_AWAY: "start the database's server, or make room on its disk; `finews doctor` says what is wrong; "
    "nothing is lost, runs wait for it and the next one carries on",
    POLL_LATE: "look whether the service and its workers run, and whether somebody has paused the polls; "
    "`finews poll` polls by hand",
    FEED_FAILING: "`finews poll --feed NAME` reads it now and says what the source answers; "
    "`finews status` shows whether all feeds have it",
    FEED_SILENT: "open the source's own page of this feed: if there is news, its answer has changed",
    MIRROR_OPEN: "nothing, while another mirror serves: it is probed and comes back by itself; if all are open, "
    "look at this machine's own network",
    BACKLOG_OLD: "`finews status` shows what waits; if polls run, look at FINEWS_RATE and at the mirrors",
    QUARANTINE_RISING: "`finews quarantine list` shows the reasons, `finews quarantine show CODE` a payload; "
    "nothing is lost, `finews quarantine replay` reads it again",
    DISK_LOW: "make room: posts and database stop at a full disk, and carry on after it",
}
"""Kind → what to do first."""
PAGES = {
    POLL_LATE: "/runs",
    FEED_FAILING: "/feeds",
    FEED_SILENT: "/feeds",
    MIRROR_OPEN: "/mirrors",
    BACKLOG_OLD: "/",
    QUARANTINE_RISING: "/quarantine",
    DISK_LOW: "/",
}
"""Kind → the page of the console that helps; without a database there is none."""
Page = Callable[[str], str]
"""A page of the console → its address; empty where no console is known."""
_ANY = "`finews status`"
_RANK = {kind: place for place, kind in enumerate(KINDS)}


def no_page(_path: str) -> str:
    """There is no console."""
    return ""


def trouble(alerts: Sequence[Alert], *, now: datetime, first: bool, page: Page = no_page) -> Message:
    """What fires: what was not told before, then what still does, then what is well again meanwhile.

    Each kind comes with what to do first, and with the page of the console that helps.
    """
    firing = [each for each in alerts if each.firing]
    new = [each for each in firing if not each.told]
    still = [each for each in firing if each.told]
    well = [each for each in alerts if each.cleared_at]
    named = new or still
    title = f"finews: {'' if first else 'still trouble: ' if not new else 'more trouble: '}{_kinds(named)}"
    parts = [_sections(new, now, page)]
    if still:
        parts.append("Still:\n" + _sections(still, now, page, steps=first or not new))
    if well:
        parts.append("Well again:\n" + "\n".join(_past(each) for each in _in_order(well)))
    return Message(title=title, body="\n\n".join(part for part in parts if part))


def all_clear(alerts: Sequence[Alert], *, now: datetime) -> Message:
    """All is well again; what it was, from when to when."""
    over = [each for each in _in_order(alerts) if each.fired_at]
    began = min((each.began for each in over if each.began), default=now)
    lines = "\n".join(_past(each) for each in over)
    return Message(
        title="finews: all clear",
        body=f"All is well again, {_span(now - began)} after the first trouble. It was:\n{lines}",
    )


def trial(*, now: datetime, console: str = "") -> Message:
    """What `finews alerts test` sends; `console` is the console's address."""
    where = f" The console is at {console}" if console else ""
    return Message(
        title="finews: test",
        body=f"This is a test, sent at {_when(now)}. Alerts of finews arrive here; nothing is amiss.{where}",
    )


def _sections(alerts: Sequence[Alert], now: datetime, page: Page, *, steps: bool = True) -> str:
    sections = []
    for kind, group in groupby(_in_order(alerts), key=lambda each: each.kind):
        lines = [f"- {each.what}, {_since(each, now)}" for each in group]
        if steps:
            lines.append(f"  First: {FIRST_STEPS.get(kind, _ANY)}.")
            if kind in PAGES and (address := page(PAGES[kind])):
                lines.append(f"  Console: {address}")
        sections.append("\n".join(lines))
    return "\n".join(sections)


def _since(alert: Alert, now: datetime) -> str:
    began = alert.began or now
    return f"since {_when(began)} ({_span(now - began)})"


def _past(alert: Alert) -> str:
    began, ended = alert.began, alert.cleared_at
    return f"- {alert.what}, from {_when(began) if began else '?'} to {_when(ended) if ended else 'now'}"


def _kinds(alerts: Sequence[Alert]) -> str:
    counts = Counter(each.kind for each in _in_order(alerts))
    return ", ".join(kind if number == 1 else f"{kind} ({number})" for kind, number in counts.items())


def _in_order(alerts: Sequence[Alert]) -> list[Alert]:
    return sorted(alerts, key=lambda each: (_RANK.get(each.kind, len(_RANK)), each.subject))


def _when(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M %Z}".rstrip()


def _span(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 1440} days"
