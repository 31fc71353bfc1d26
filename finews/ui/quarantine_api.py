"""`/api/quarantine`: what the pages of quarantine show and do, for programs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from fastapi import Path, Query

from finews.flows.background import begin
from finews.flows.quarantine_choice import (
    FEW,
    Changed,
    Choice,
    discard_choice,
    foresee,
    look_again,
    replay_choice,
    replay_words,
    seen_in,
)
from finews.flows.quarantine_groups import PAGE, groups_of, items_of
from finews.flows.quarantine_item import ItemView, view_item
from finews.flows.report import Report
from finews.flows.sieve_options import sieve_of
from finews.schema.errors import RequestError, UnknownNameError
from finews.schema.infocode import as_code, parse_link
from finews.schema.quarantine import Seen, quarantined
from finews.schema.records import QuarantineItem
from finews.schema.sieve import Sieve
from finews.ui.act import act
from finews.ui.api import After, Limit, Paged, api_router, cut
from finews.ui.console import Console, Here
from finews.ui.cursor import cursor
from finews.ui.quarantine import place_in
from finews.ui.quarantine_asked import seen_of, ticket
from finews.ui.quarantine_models import (
    AskedAnswer,
    ChangedAnswer,
    Chosen,
    DiscardAnswer,
    Discarding,
    ForeseenAnswer,
    GroupAnswer,
    GroupsAnswer,
    Item,
    ItemAnswer,
    PreviewAnswer,
    ReplayAnswer,
    SaidAnswer,
    StepAnswer,
)
from finews.ui.viewer import Acting

api = api_router("/quarantine", tags=["quarantine"])


Reason = Annotated[str | None, Query(max_length=200)]
Media = Annotated[str | None, Query(max_length=200, description='"" is where nobody says it')]
Version = Annotated[int | None, Query(ge=0, lt=2**31, description="0: kept back when it was fetched")]


@api.get("")
def list_quarantine(
    console: Here,
    reason: Reason = None,
    media: Media = None,
    day: date | None = None,
    normaliser: Version = None,
    discarded: bool = False,
    after: After = "",
    limit: Limit = PAGE,
) -> Paged[Item]:
    """What is in quarantine, newest first; with `discarded` what was given up."""
    sieve = _through(reason, media, day, normaliser, discarded)
    found = items_of(console.database, sieve, after=place_in(after), most=limit + 1)
    items, following = cut(found, limit, lambda each: cursor(each.at, each.info_code))
    return Paged[Item](items=[_item(each) for each in items], next=following)


@api.get("/reasons")
def quarantine_by_reason(
    console: Here,
    media: Media = None,
    day: date | None = None,
    normaliser: Version = None,
    discarded: bool = False,
) -> GroupsAnswer:
    """How many are there for which reason, since when, and how many came of late."""
    groups = groups_of(console.database, _through(None, media, day, normaliser, discarded))
    return GroupsAnswer(
        count=sum(each.count for each in groups),
        groups=[GroupAnswer.model_validate(each) for each in groups],
    )


@api.post("/preview")
def preview_replay(console: Here, chosen: Chosen) -> PreviewAnswer:
    """What a replay of what is meant would change; nothing is done."""
    choice = _choice(console, chosen)
    look = look_again(console.database, choice)
    found = foresee(console.database, console.settings, choice, look)
    return PreviewAnswer(
        total=found.total,
        read=found.read,
        outcomes=found.outcomes,
        reasons=found.reasons,
        samples=[ForeseenAnswer.model_validate(each) for some in found.samples.values() for each in some],
        changed=_changed(look.changed),
    )


@api.post("/replay")
def replay_quarantine(console: Here, viewer: Acting, chosen: Chosen) -> ReplayAnswer:
    """Reads stored payloads again: few while you wait, many in the background. 409 where nothing is as it was seen."""
    choice = _choice(console, chosen)
    answers: list[ReplayAnswer] = []

    def few() -> str:
        report, look = replay_choice(console.database, console.settings, choice)
        answers.append(_ended(report, look.changed))
        return ", ".join(f"{number} {name}" for name, number in report.counts.items() if number) or "nothing"

    def many() -> str:
        look = look_again(console.database, choice)
        words = replay_words(choice, look)
        begun = begin(console.database, console.settings, words, who=viewer.name)
        answers.append(
            ReplayAnswer(run=begun.run, in_background=True, counts={}, changed=_changed(look.changed))
        )
        return f"run {begun.run} has begun"

    act(console, viewer, "replay", choice.subject, few if choice.number <= FEW else many)
    return answers[0]


@api.post("/discard")
def discard_quarantine(console: Here, viewer: Acting, chosen: Discarding) -> DiscardAnswer:
    """Gives up what is meant, with a note; a replay undoes it. 409 where it has changed since it was seen."""
    choice = _choice(console, chosen)
    answers: list[DiscardAnswer] = []

    def do() -> str:
        done = discard_choice(console.database, choice, chosen.why)
        answers.append(DiscardAnswer(discarded=done.number, changed=_changed(done.changed)))
        return f"{done.number} discarded"

    act(console, viewer, "discard", choice.subject, do, why=chosen.why)
    return answers[0]


@api.get("/{code}")
def quarantined_article(
    console: Here, code: Annotated[str, Path(max_length=300, description="Any form of its link")]
) -> ItemAnswer:
    """One article in quarantine, by any form of its link, and what the parser makes of it today."""
    view = view_item(console.database, console.settings, parse_link(code))
    if view.item is None or view.source is None:
        raise UnknownNameError(f"{view.info_code} is not in quarantine")
    return _view(view, view.item)


def _through(
    reason: str | None, media: str | None, day: date | None, normaliser: int | None, discarded: bool
) -> Sieve:
    return sieve_of(
        reason=reason,
        media=media,
        day=day.isoformat() if day else None,
        normaliser=normaliser,
        discarded=discarded,
    )


def _view(view: ItemView, item: QuarantineItem) -> ItemAnswer:
    source, steps = view.source, view.steps
    assert source is not None, "what is in quarantine has a payload"
    return ItemAnswer(
        item=_item(item),
        title=view.title,
        post=view.post,
        url=source.url,
        status=source.status,
        content_type=source.content_type,
        size=source.size,
        fetched_at=source.fetched_at,
        last_seen_at=source.last_seen_at,
        parser=view.version,
        steps=[StepAnswer.model_validate(each) for each in (steps.steps if steps else ())],
        publishable=steps is not None and steps.publishable,
        words=steps.words if steps else "",
        sightings=[SaidAnswer.model_validate(each) for each in (*view.sightings, *view.listings)],
        asked=[AskedAnswer.model_validate(each) for each in view.asked],
    )


def _item(item: QuarantineItem) -> Item:
    assert item.day is not None, "the column has no null"
    return Item(
        info_code=item.info_code,
        title=item.title,
        stage=item.stage,
        reason=item.reason,
        at=item.at,
        normaliser=item.normaliser,
        media=item.media,
        day=item.day,
        discarded_at=item.discarded_at,
        discarded_by=item.discarded_by,
        discarded_why=item.discarded_why,
        seen=ticket(item),
    )


def _choice(console: Console, chosen: Chosen) -> Choice:
    if chosen.every and not chosen.items:
        every = chosen.every
        sieve = sieve_of(
            reason=every.reason,
            media=every.media,
            day=every.day.isoformat() if every.day else None,
            normaliser=every.normaliser,
            until=every.until.isoformat(),
            discarded=every.discarded,
        )
        return Choice(sieve=sieve, shown=every.shown)
    if not chosen.items or chosen.every:
        raise RequestError("either `items` or `every` says what is meant")
    codes = [code for each in chosen.items if (code := as_code(each))]
    now = _as_they_are(console, codes)
    return Choice(
        seen=tuple(
            dict.fromkeys(now[code] if (code := as_code(each)) else seen_of(each) for each in chosen.items)
        )
    )


def _as_they_are(console: Console, codes: Sequence[str]) -> dict[str, Seen]:
    if not codes:
        return {}
    with console.database.transaction() as connection:
        found = {
            each.info_code: seen_in(each) for each in quarantined(connection, codes=codes, discarded=True)
        }
    if unknown := sorted(set(codes) - set(found)):
        raise UnknownNameError(f"{', '.join(unknown)}: not in quarantine")
    return found


def _ended(report: Report, changed: Sequence[Changed]) -> ReplayAnswer:
    return ReplayAnswer(run=report.run, in_background=False, counts=report.counts, changed=_changed(changed))


def _changed(changed: Sequence[Changed]) -> list[ChangedAnswer]:
    return [ChangedAnswer.model_validate(each) for each in changed]
