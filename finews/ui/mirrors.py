"""Mirrors: how one is doing, its history, pause, rate, probe now, close its circuit; the same as `/api/mirrors`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import RedirectResponse, Response

from finews.flows.mirror_names import mirror_named, name_of
from finews.flows.mirror_probe import close_now, probe_mirror
from finews.flows.mirror_rates import set_mirror_rate
from finews.flows.mirror_view import DAY, mirror_now, mirrors_now, rate_of, standing_of
from finews.flows.pauses import pause_mirror, resume_mirror
from finews.schema.database import Database
from finews.schema.mirrors import LEAST_RATE, MOST_RATE
from finews.schema.settings import Settings
from finews.ui.act import Did, act, back
from finews.ui.api import Paged, api_router
from finews.ui.console import Console, Here
from finews.ui.error_words import error_in_words
from finews.ui.feeds import HOURS_TOLD, Days, Why
from finews.ui.pages import page
from finews.ui.steering_charts import answers_figure, latency_figure
from finews.ui.steering_models import Mirror, MirrorDetail, MirrorDone, PauseWish, RateWish
from finews.ui.viewer import Acting, Viewer

pages = APIRouter(include_in_schema=False)
api = api_router("/mirrors", tags=["mirrors"])

Name = Annotated[
    str, Path(max_length=200, description="A mirror's host and port, or its place in the settings, from 1")
]
Rate = Annotated[float, Form(ge=LEAST_RATE, le=MOST_RATE)]


@pages.get("/mirrors")
def mirrors() -> Response:
    """They are on the page of the feeds."""
    return RedirectResponse("/feeds#mirrors", 303)


@pages.get("/mirrors/{name}")
def mirror(request: Request, console: Here, name: Name, days: Days = 1) -> Response:
    """One mirror, and what it answered in the last days."""
    state, hours = mirror_now(console.database, console.settings, name, timedelta(days=days))
    return page(
        request,
        "mirror.html",
        mirror=state,
        name=name_of(console.settings, state.base),
        standing=standing_of(state),
        serves_feeds=state.base == console.settings.sources[0],
        rate=rate_of(state, console.settings),
        usual_rate=console.settings.rate_in_force,
        bounds=(LEAST_RATE, MOST_RATE),
        days=days,
        hours=hours,
        answers=answers_figure(request, hours, days),
        latency=latency_figure(request, hours, days),
        troubled=[each for each in reversed(hours) if each.troubles or each.refusals or each.opened][
            :HOURS_TOLD
        ],
        in_words=partial(error_in_words, request),
    )


@pages.post("/mirrors/{name}/pause")
def pause(console: Here, viewer: Acting, name: Name, why: Why = "") -> Response:
    """Has the next crawls not ask a mirror."""
    return _back(console, name, _pause(console, viewer, name, why))


@pages.post("/mirrors/{name}/resume")
def resume(console: Here, viewer: Acting, name: Name) -> Response:
    """Has crawls ask a mirror again."""
    return _back(console, name, _resume(console, viewer, name))


@pages.post("/mirrors/{name}/rate")
def rate(console: Here, viewer: Acting, name: Name, rate: Rate) -> Response:
    """Sets how often a mirror is asked."""
    return _back(console, name, _set_rate(console, viewer, name, rate))


@pages.post("/mirrors/{name}/rate/default")
def default_rate(console: Here, viewer: Acting, name: Name) -> Response:
    """Has a mirror asked as the settings say."""
    return _back(console, name, _set_rate(console, viewer, name, None))


@pages.post("/mirrors/{name}/probe")
def probe(console: Here, viewer: Acting, name: Name) -> Response:
    """Asks a mirror now whether it is there."""
    return _back(console, name, _probe(console, viewer, name))


@pages.post("/mirrors/{name}/close")
def close(console: Here, viewer: Acting, name: Name) -> Response:
    """Closes a mirror's circuit unasked."""
    return _back(console, name, _close(console, viewer, name))


@api.get("")
def list_mirrors(console: Here) -> Paged[Mirror]:
    """How every mirror of the settings is doing, in their order; all are on one page."""
    found = mirrors_now(console.database, console.settings, DAY)
    return Paged(items=[Mirror.of(each, console.settings) for each, _ in found], next=None)


@api.get("/{name}")
def show_mirror(console: Here, name: Name, days: Days = 1) -> MirrorDetail:
    """One mirror: how it is doing, and what it answered hour by hour."""
    state, hours = mirror_now(console.database, console.settings, name, timedelta(days=days))
    return MirrorDetail.of(state, hours, console.settings)


@api.post("/{name}/pause")
def pause_a_mirror(console: Here, viewer: Acting, name: Name, wish: PauseWish | None = None) -> MirrorDone:
    """Has the next crawl of every process not ask a mirror, until it is resumed."""
    return _done(console, name, _pause(console, viewer, name, wish.why if wish else ""))


@api.post("/{name}/resume")
def resume_a_mirror(console: Here, viewer: Acting, name: Name) -> MirrorDone:
    """Has crawls ask a mirror again."""
    return _done(console, name, _resume(console, viewer, name))


@api.post("/{name}/rate")
def rate_a_mirror(console: Here, viewer: Acting, name: Name, wish: RateWish) -> MirrorDone:
    """Sets how often the next crawl of every process asks a mirror, or takes that back."""
    return _done(console, name, _set_rate(console, viewer, name, wish.rate))


@api.post("/{name}/probe")
def probe_a_mirror(console: Here, viewer: Acting, name: Name) -> MirrorDone:
    """Asks a mirror now whether it is there; an answer closes its circuit."""
    return _done(console, name, _probe(console, viewer, name))


@api.post("/{name}/close")
def close_a_circuit(console: Here, viewer: Acting, name: Name) -> MirrorDone:
    """Closes a mirror's circuit without asking it."""
    return _done(console, name, _close(console, viewer, name))


def _pause(console: Console, viewer: Viewer, name: str, why: str) -> Did:
    return _act(console, viewer, "pause", name, partial(pause_mirror, why=why), why=why)


def _resume(console: Console, viewer: Viewer, name: str) -> Did:
    return _act(console, viewer, "resume", name, resume_mirror)


def _set_rate(console: Console, viewer: Viewer, name: str, rate: float | None) -> Did:
    return _act(console, viewer, "rate", name, partial(set_mirror_rate, rate=rate), rate=rate)


def _probe(console: Console, viewer: Viewer, name: str) -> Did:
    def do(database: Database, settings: Settings, base: str) -> str:
        return probe_mirror(database, settings, base).words

    return _act(console, viewer, "probe", name, do)


def _close(console: Console, viewer: Viewer, name: str) -> Did:
    return _act(console, viewer, "close circuit", name, close_now)


def _act(
    console: Console,
    viewer: Viewer,
    action: str,
    name: str,
    do: Callable[[Database, Settings, str], str],
    **detail: Any,
) -> Did:
    base = mirror_named(console.settings, name)
    return act(
        console,
        viewer,
        action,
        f"mirror {base}",
        lambda: do(console.database, console.settings, base),
        **detail,
    )


def _back(console: Console, name: str, did: Did) -> Response:
    return back(f"/mirrors/{name_of(console.settings, mirror_named(console.settings, name))}", did)


def _done(console: Console, name: str, did: Did) -> MirrorDone:
    state, _ = mirror_now(console.database, console.settings, name, DAY)
    return MirrorDone(action=did.number, outcome=did.outcome, mirror=Mirror.of(state, console.settings))
