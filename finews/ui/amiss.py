"""What is amiss, in a viewer's language, each with the page that helps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import quote

from fastapi import Request

from finews.flows.alert_conditions import (
    BACKLOG_OLD,
    DISK_LOW,
    FEED_FAILING,
    FEED_SILENT,
    MIRROR_OPEN,
    POLL_LATE,
    QUARANTINE_RISING,
)
from finews.flows.pauses import FEED_PAUSED_LONG, MIRROR_PAUSED_LONG
from finews.schema.alert_records import Condition
from finews.ui.pages import N_, say

_WORDS: Final[Mapping[str, tuple[str, str, str]]] = {
    POLL_LATE: (N_("No poll since it was due"), "/runs?kind=poll", N_("The newest polls")),
    FEED_FAILING: (N_("Feed %(subject)s cannot be read"), "/feeds/%(subject)s", N_("What its answers were")),
    FEED_SILENT: (
        N_("Feed %(subject)s has listed nothing new for far longer than ever"),
        "/feeds/%(subject)s",
        N_("Its history"),
    ),
    MIRROR_OPEN: (N_("Mirror %(subject)s is not asked any more"), "/feeds#mirrors", N_("What it answered")),
    BACKLOG_OLD: (N_("Articles wait for long to be fetched"), "/#queue", N_("What waits")),
    QUARANTINE_RISING: (
        N_("Many articles went into quarantine within an hour"),
        "/quarantine",
        N_("The reasons, and what helps"),
    ),
    FEED_PAUSED_LONG: (N_("Feed %(subject)s is paused"), "/feeds/%(subject)s", N_("By whom, and why")),
    MIRROR_PAUSED_LONG: (N_("Mirror %(subject)s is paused"), "/feeds#mirrors", N_("By whom, and why")),
    DISK_LOW: (N_("Little room is left where %(subject)s lies"), "/#disk", N_("How much is free")),
}
"""Kind → the sentence, the page that helps, and what is to be seen there."""
_ANY: Final = (N_("Something is amiss: %(subject)s"), "/runs", N_("The newest runs"))


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """One thing that is amiss, in the viewer's language, and the page that helps."""

    what: str
    since: datetime | None
    address: str
    link: str


def troubles(request: Request, amiss: Sequence[Condition]) -> list[Trouble]:
    """The conditions as a viewer reads them."""
    found = []
    for each in amiss:
        words, address, link = _WORDS.get(each.kind, _ANY)
        found.append(
            Trouble(
                what=say(request, words, subject=each.subject or each.kind),
                since=each.since,
                address=address % {"subject": quote(each.subject, safe="")},
                link=say(request, link),
            )
        )
    return found
