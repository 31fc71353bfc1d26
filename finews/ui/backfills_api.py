"""Backfills in the API: the list, asking for one, and what can be done to it."""

from __future__ import annotations

import datetime as times
from typing import Annotated, Any, Literal

from fastapi import Body
from pydantic import BaseModel, ConfigDict, Field

from finews.flows import backfill_desk as desk
from finews.flows.backfill_plan import unread_as_json
from finews.flows.backfills import Standing, standing_of
from finews.schema.records import Outcome
from finews.ui.api import After, Answer, Limit, Paged, api_router, cut
from finews.ui.backfill_form import asked
from finews.ui.backfills import Number, done, place_of_standing
from finews.ui.console import Here
from finews.ui.cursor import cursor, number_after, text_after
from finews.ui.viewer import Acting

api = api_router("/backfills", tags=["backfills"])


class WishAsked(BaseModel):
    """What is asked for, as `finews backfill` has it: days, a feed, or a list of links."""

    model_config = ConfigDict(populate_by_name=True, extra="forbid", frozen=True)

    first: str = Field("", alias="from", max_length=100, examples=["2026-01-31", "2026-01", "7d"])
    last: str = Field("", alias="to", max_length=100, description="Included")
    media: str = Field("", max_length=1000, description="Only articles of this media name, to the letter")
    feed: str = Field("", max_length=100, description="What this feed lists, not what the search does")
    links: list[Annotated[str, Field(max_length=2000)]] = Field(
        default_factory=list, max_length=100_000, description="Exactly these; nothing else is asked for then"
    )
    gaps: bool = Field(False, description="Only days that are not complete")
    force: bool = Field(False, description="Fetch present articles again, too")


class WishAnswer(Answer):
    """What a backfill was asked for."""

    words: str
    first: str | None = Field(alias="from")
    last: str | None = Field(alias="to")
    gaps: bool
    media: str
    feed: str
    force: bool
    links: int | None = Field(description="How many were named one by one; null where none was")


class UnreadAnswer(Answer):
    """A part of the source's list that could not be read; null: without that border."""

    first: str | None = Field(alias="from")
    last: str | None = Field(alias="to", description="Not included")
    reason: str


class BackfillAnswer(Answer):
    """A backfill and how far it has come."""

    number: int
    state: str = Field(description="planned, running, interrupted, paused, cancelled or ended")
    wish: WishAnswer
    asked_by: str
    asked_at: times.datetime
    changed_by: str
    changed_at: times.datetime
    done: int
    left: int
    unlisted_chunks: int = Field(description="Chunks whose list is still to be read")
    outcomes: dict[Outcome, int]
    runs: list[int] = Field(description="Runs that are at it")
    rate: float | None = Field(description="Articles a second; null where nobody is at work")
    seconds_left: float | None
    unread: list[UnreadAnswer]


class PlanDayAnswer(Answer):
    """A day of a plan."""

    day: times.date
    listed: int
    present: int
    missing: int
    quarantined: int
    forgotten: int
    edited: int


class PlanAnswer(Answer):
    """A plan as it was when it was made; `seconds` at the rate that is set now, null where none is."""

    at: times.datetime
    requests: int
    seconds: float | None
    list_requests: int
    days: list[PlanDayAnswer]


class BackfillInDetail(BackfillAnswer):
    """A backfill with its plan, which is null until it stands."""

    planning: bool
    plan: PlanAnswer | None


class BackfillArticleAnswer(Answer):
    """An article of a backfill; `outcome` is null until it has come to its end."""

    info_code: str
    day: times.date
    outcome: Outcome | None
    reason: str
    title: str


class ChunkAnswer(Answer):
    """A part of a backfill that one run at a time has in hand."""

    number: int
    since: times.datetime | None
    until: times.datetime | None
    state: Literal["open", "listed", "done"]
    run: int | None
    unread: int = Field(description="Parts of its list that could not be read")
    reason: str


@api.get("")
def backfills(console: Here, after: After = "", limit: Limit = 20) -> Paged[BackfillAnswer]:
    """All backfills, the newest first."""
    found = desk.standings_before(console.database, number_after(after), limit + 1)
    shown, following = cut(found, limit, place_of_standing)
    return Paged[BackfillAnswer](items=[BackfillAnswer(**_told(each)) for each in shown], next=following)


@api.post("", status_code=202)
def ask(console: Here, viewer: Acting, wish: Annotated[WishAsked, Body()]) -> BackfillInDetail:
    """Asks for a backfill: its plan is made in the background, and no article is fetched before it is started."""
    meant = desk.read_wish(
        console.settings,
        first=wish.first,
        last=wish.last,
        media=wish.media,
        feed=wish.feed,
        links="\n".join(wish.links),
        gaps=wish.gaps,
        force=wish.force,
    )
    number, _ = asked(console, viewer, meant)
    return _in_detail(console, number)


@api.get("/{number}")
def one(console: Here, number: Number) -> BackfillInDetail:
    """A backfill with its plan."""
    return _in_detail(console, number)


@api.get("/{number}/articles")
def articles(
    console: Here, number: Number, outcome: Outcome | None = None, after: After = "", limit: Limit = 100
) -> Paged[BackfillArticleAnswer]:
    """The articles of a backfill that ended so; without an outcome those that are left."""
    found = desk.articles_in(console.database, number, outcome, after=text_after(after), limit=limit + 1)
    shown, following = cut(found, limit, lambda each: cursor(each.info_code))
    items = [BackfillArticleAnswer.model_validate(each) for each in shown]
    return Paged[BackfillArticleAnswer](items=items, next=following)


@api.get("/{number}/chunks")
def chunks(console: Here, number: Number, after: After = "", limit: Limit = 100) -> Paged[ChunkAnswer]:
    """The chunks of a backfill, in the order in which they are taken."""
    found = desk.chunks_in(console.database, number, after=number_after(after) or 0, limit=limit + 1)
    shown, following = cut(found, limit, lambda each: cursor(each.number))
    return Paged[ChunkAnswer](items=[ChunkAnswer.model_validate(each) for each in shown], next=following)


@api.post("/{number}/plan", status_code=202)
def plan(console: Here, viewer: Acting, number: Number) -> BackfillAnswer:
    """Has its plan made again, where that came to an early end."""
    return _after(console, viewer, "plan", number)


@api.post("/{number}/start", status_code=202)
def start(console: Here, viewer: Acting, number: Number) -> BackfillAnswer:
    """Has it begun, or resumed, in the background."""
    return _after(console, viewer, "start", number)


@api.post("/{number}/pause")
def pause(console: Here, viewer: Acting, number: Number) -> BackfillAnswer:
    """Has whoever is at it stop, once what is under way is finished."""
    return _after(console, viewer, "pause", number)


@api.post("/{number}/cancel")
def cancel(console: Here, viewer: Acting, number: Number) -> BackfillAnswer:
    """Ends it for good; what it has fetched is kept."""
    return _after(console, viewer, "cancel", number)


def _after(console: Here, viewer: Acting, name: str, number: int) -> BackfillAnswer:
    done(console, viewer, name, number)
    return BackfillAnswer(**_told(standing_of(console.database, number)))


def _in_detail(console: Here, number: int) -> BackfillInDetail:
    told = desk.told_of(console.database, console.settings, number)
    return BackfillInDetail(
        **_told(told.standing),
        planning=told.planning,
        plan=PlanAnswer.model_validate(told.plan) if told.plan else None,
    )


def _told(standing: Standing) -> dict[str, Any]:
    backfill, progress, wish = standing.backfill, standing.progress, standing.backfill.wish
    links = wish["list"]["number"] if wish.get("list") else None
    return {
        "number": backfill.id,
        "state": standing.word,
        "wish": WishAnswer.model_validate({**wish, "links": links}),
        "asked_by": backfill.asked_by,
        "asked_at": backfill.asked_at,
        "changed_by": backfill.changed_by,
        "changed_at": backfill.changed_at,
        "done": progress.done,
        "left": progress.left,
        "unlisted_chunks": progress.unlisted,
        "outcomes": progress.outcomes,
        "runs": list(progress.working),
        "rate": standing.rate,
        "seconds_left": standing.seconds_left,
        "unread": [UnreadAnswer.model_validate(unread_as_json(each)) for each in standing.unread],
    }
