"""Feeds: how each is doing, its history, poll now, pause and resume; the same as `/api/feeds`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Annotated, Final

from fastapi import APIRouter, Form, Path, Query, Request
from fastapi.responses import Response

from finews.flows.feed_poll import poll_now
from finews.flows.feeds import feed_named, feed_now, feeds_now, standing_of
from finews.flows.mirror_names import name_of
from finews.flows.mirror_view import DAY, mirrors_now, rate_of
from finews.flows.mirror_view import standing_of as mirror_standing
from finews.flows.pauses import pause_feed, resume_feed
from finews.ui.act import Did, act, back
from finews.ui.api import Paged, api_router
from finews.ui.console import Console, Here
from finews.ui.error_words import error_in_words
from finews.ui.pages import page
from finews.ui.steering_charts import listed_figure, new_figure
from finews.ui.steering_models import Feed, FeedDetail, FeedDone, PauseWish, Polling, PollWish
from finews.ui.viewer import Acting, Viewer

pages = APIRouter(include_in_schema=False)
api = api_router("/feeds", tags=["feeds"])

Name = Annotated[str, Path(max_length=50, description="rolling, headlines, 37, 38 or 39")]
Days = Annotated[int, Query(ge=1, le=31, description="How many days back the hours go")]
Why = Annotated[str, Form(max_length=500)]
HOURS_TOLD: Final = 48
"""Hours with trouble that a page lists, the newest."""


@pages.get("/feeds")
def feeds(request: Request, console: Here) -> Response:
    """All feeds and all mirrors."""
    return page(
        request,
        "feeds.html",
        feeds=[(each, standing_of(each, console.settings)) for each in feeds_now(console.database)],
        mirrors=[
            (
                each,
                day,
                mirror_standing(each),
                rate_of(each, console.settings),
                name_of(console.settings, each.base),
            )
            for each, day in mirrors_now(console.database, console.settings, DAY)
        ],
        in_words=partial(error_in_words, request),
    )


@pages.get("/feeds/{name}")
def feed(request: Request, console: Here, name: Name, days: Days = 1) -> Response:
    """One feed, and how it was read in the last days."""
    found = feed_now(console.database, name, timedelta(days=days))
    return page(
        request,
        "feed.html",
        feed=found.state,
        standing=standing_of(found.state, console.settings),
        listed=found.listed,
        days=days,
        new=new_figure(request, found.hours, days),
        usual=listed_figure(request, found.hours, days),
        troubled=[each for each in reversed(found.hours) if each.failures or each.unheard][:HOURS_TOLD],
        in_words=partial(error_in_words, request),
    )


@pages.post("/feeds/poll")
def poll_all(console: Here, viewer: Acting) -> Response:
    """Reads all feeds now."""
    return _shown(*_poll(console, viewer, ()))


@pages.post("/feeds/{name}/poll")
def poll_one(console: Here, viewer: Acting, name: Name) -> Response:
    """Reads one feed now."""
    return _shown(*_poll(console, viewer, [name]))


@pages.post("/feeds/{name}/pause")
def pause(console: Here, viewer: Acting, name: Name, why: Why = "") -> Response:
    """Has no poll read a feed."""
    return back(f"/feeds/{feed_named(name)}", _pause(console, viewer, name, why))


@pages.post("/feeds/{name}/resume")
def resume(console: Here, viewer: Acting, name: Name) -> Response:
    """Has polls read a feed again."""
    return back(f"/feeds/{feed_named(name)}", _resume(console, viewer, name))


@api.get("")
def list_feeds(console: Here) -> Paged[Feed]:
    """How every feed is doing; all are on one page."""
    return Paged(items=[Feed.of(each, console.settings) for each in feeds_now(console.database)], next=None)


@api.get("/{name}")
def show_feed(console: Here, name: Name, days: Days = 1) -> FeedDetail:
    """One feed: how it is doing, how it was read hour by hour, and what it listed last."""
    return FeedDetail.of(feed_now(console.database, name, timedelta(days=days)), console.settings)


@api.post("/poll", status_code=202)
def poll_feeds(console: Here, viewer: Acting, wish: PollWish | None = None) -> Polling:
    """Reads feeds now, in a process of its own; the ledger's run tells what comes of it."""
    did, run = _poll(console, viewer, wish.feeds if wish else ())
    return Polling(run=run, action=did.number, outcome=did.outcome)


@api.post("/{name}/pause")
def pause_a_feed(console: Here, viewer: Acting, name: Name, wish: PauseWish | None = None) -> FeedDone:
    """Has no poll read a feed, scheduled or by hand, until it is resumed."""
    return _done(console, name, _pause(console, viewer, name, wish.why if wish else ""))


@api.post("/{name}/resume")
def resume_a_feed(console: Here, viewer: Acting, name: Name) -> FeedDone:
    """Has polls read a feed again."""
    return _done(console, name, _resume(console, viewer, name))


def _poll(console: Console, viewer: Viewer, names: Sequence[str]) -> tuple[Did, int | None]:
    run: int | None = None

    def do() -> str:
        nonlocal run
        run = poll_now(console.database, console.settings, names, who=viewer.name)
        return f"run {run} has begun" if run else "a poll is beginning"

    did = act(console, viewer, "poll", ", ".join(names) or "all feeds", do)
    return did, run


def _pause(console: Console, viewer: Viewer, name: str, why: str) -> Did:
    feed = feed_named(name)
    return act(
        console, viewer, "pause", f"feed {feed}", lambda: pause_feed(console.database, feed, why=why), why=why
    )


def _resume(console: Console, viewer: Viewer, name: str) -> Did:
    feed = feed_named(name)
    return act(console, viewer, "resume", f"feed {feed}", lambda: resume_feed(console.database, feed))


def _shown(did: Did, run: int | None) -> Response:
    return back(f"/runs/{run}" if run else "/feeds", did)


def _done(console: Console, name: str, did: Did) -> FeedDone:
    state = feed_now(console.database, name, DAY).state
    return FeedDone(action=did.number, outcome=did.outcome, feed=Feed.of(state, console.settings))
