"""What the ledger keeps beside a run, in words: a name and a text each, some with a link."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from fastapi import Request
from markupsafe import Markup

from finews.schema.run_pages import LedgerRun
from finews.ui.moments import lasting, when
from finews.ui.pages import N_, say

KINDS: Final = (
    N_("poll"),
    N_("ingest"),
    N_("retry"),
    N_("recheck"),
    N_("backfill"),
    N_("replay"),
    N_("reconcile"),
    N_("publish"),
    N_("import"),
    N_("forget"),
    N_("retention"),
)
"""Every kind of run."""
STATES: Final = (N_("running"), N_("ended"), N_("broken"), N_("skipped"))

REASONS: Final = (
    N_("by hand"),
    N_("schedule"),
    N_("started in Prefect"),
    N_("missed, and made up for"),
    N_("the slot was taken"),
)
"""Why runs are that nobody gave another reason for."""

_NAMES: Final[Mapping[str, str]] = {
    "note": N_("Note"),
    "scheduled_for": N_("Intended for"),
    "requests": N_("Requests"),
    "feeds": N_("Feeds"),
    "backfill": N_("Backfill"),
    "made_up_by": N_("Made up for by run"),
    "slot": N_("In its place is run"),
    "done": N_("Done"),
    "left": N_("Left"),
    "rate": N_("Articles a second"),
    "seconds_left": N_("Time left"),
    "fixed": N_("Mended"),
    "found": N_("Found"),
    "clean": N_("All in line"),
    "published": N_("Published"),
    "retention": N_("Retention"),
}


@dataclass(frozen=True, kw_only=True)
class Told:
    """One line of what is known of a run; `address` where there is more of it."""

    name: str
    text: str | Markup
    address: str = ""


def told(request: Request, run: LedgerRun) -> list[Told]:
    """All that the ledger keeps beside a run, what matters most first; why it broke excepted."""
    order = {name: place for place, name in enumerate(_NAMES)}
    # Why a run broke stands above all.
    names = sorted(set(run.detail) - {"broken"}, key=lambda name: (order.get(name, len(order)), name))
    return [
        Told(name=say(request, _NAMES[name]) if name in _NAMES else name, **_of(request, run, name))
        for name in names
    ]


def _of(request: Request, run: LedgerRun, name: str) -> dict[str, Any]:
    value = run.detail[name]
    try:
        return _KNOWN[name](request, run, value) if name in _KNOWN else {"text": _plain(request, value)}
    except (TypeError, ValueError, KeyError):
        # Another version of finews may have written something else there.
        return {"text": json.dumps(value, ensure_ascii=False)}


def _scheduled(request: Request, run: LedgerRun, value: Any) -> dict[str, Any]:
    moment = datetime.fromisoformat(value)
    late = (run.started_at - moment).total_seconds()
    text = when(moment)
    if late >= 1:
        text += Markup(" ({})").format(say(request, N_("begun %(late)s later"), late=lasting(late)))
    return {"text": text}


_KNOWN: Final[Mapping[str, Callable[[Request, LedgerRun, Any], dict[str, Any]]]] = {
    "scheduled_for": _scheduled,
    "seconds_left": lambda _request, _run, value: {"text": lasting(value)},
    "backfill": lambda _request, _run, value: {
        "text": str(int(value)),
        "address": f"/backfills/{int(value)}",
    },
    "made_up_by": lambda _request, _run, value: {"text": str(int(value)), "address": f"/runs/{int(value)}"},
    "slot": lambda _request, _run, value: {
        "text": f"{int(value['run'])} ({value['host']}, {value['pid']})",
        "address": f"/runs/{int(value['run'])}",
    },
}


def _plain(request: Request, value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return say(request, N_("yes")) if value else say(request, N_("no"))
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_plain(request, each)}" for name, each in value.items()) or "–"
    if isinstance(value, list):
        return ", ".join(_plain(request, each) for each in value) or "–"
    return f"{value:,}" if isinstance(value, int) else str(value)
