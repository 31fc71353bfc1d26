"""`poll`: reads the feeds, fetches only what is not known yet, publishes."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta

from finews.flows.fetch import load_left_over
from finews.flows.left_alone import left_alone, left_alone_in_words
from finews.flows.pipeline import Pipeline, Run
from finews.flows.report import FeedReport, Report
from finews.flows.retry import ask_due
from finews.flows.slot import slot_taken
from finews.schema.errors import UnknownNameError
from finews.schema.feed_records import FeedReading, Validators
from finews.schema.feeds import record_feeds
from finews.schema.frontier import add_links
from finews.schema.ledger import start_run
from finews.schema.records import FEEDS, HEADLINES
from finews.schema.run_lines import OPENINGS
from finews.schema.sightings import record_sightings
from finews.schema.slots import made_up_by, record_skipped
from finews.spiders.crawl import FeedAnswer

_ALIASES = {
    "headline": HEADLINES,
    **{f"market{between}{number}": number for between in ("", "-", " ") for number in ("37", "38", "39")},
}
"""Other words for a feed that an operator may say."""


def known_feeds(names: Sequence[str]) -> tuple[str, ...]:
    """The feeds of these names, all where none is named; raises UnknownNameError."""
    meant = {name: _ALIASES.get(name.lower(), name.lower()) for name in names}
    unknown = [name for name, feed in meant.items() if feed not in FEEDS]
    if unknown:
        raise UnknownNameError(f"feed {', '.join(unknown)}", advice=f"Feeds are {', '.join(FEEDS)}")
    return tuple(feed for feed in FEEDS if feed in meant.values()) if names else FEEDS


def poll(pipeline: Pipeline, feeds: Sequence[str] = FEEDS, *, reason: str = "") -> Report:
    """One reading of the feeds and the articles that they brought; a feed that fails never stops the others.

    A feed that is paused is not read, whoever asks for it, and none is where the mirror is paused that serves them.
    What failed before is tried again as long as the time between two polls is not over; what is left then is due for
    the next one. Two polls at once: one works, the other returns at once, and says in `note` who holds the slot. A
    poll that was missed is not made up for twice: one that comes late returns at once where another began after its
    time.
    """
    with ExitStack() as stack:
        ours = pipeline.lasting(lambda: stack.enter_context(pipeline.database.slot("poll")))
        if not ours:
            return slot_taken(pipeline, "poll")
        if pipeline.scheduled_for and (made_up := _made_up(pipeline, pipeline.scheduled_for)):
            return made_up
        part = {} if set(feeds) == set(FEEDS) else {"feeds": list(feeds)}
        with pipeline.run("poll", reason or "by hand", **part) as run:
            return _poll(pipeline, run, feeds)


def _poll(pipeline: Pipeline, run: Run, feeds: Sequence[str]) -> Report:
    over_at = time.monotonic() + pipeline.settings.poll_seconds
    run.results += pipeline.lasting(lambda: load_left_over(pipeline, run))
    pipeline.progress.begin(OPENINGS["poll"], None)
    paused, wanted = left_alone(pipeline, run, feeds)
    answers = _answers(pipeline, wanted)
    for answer in answers:
        if answer.outage and answer.error:
            run.note_feeds_outage(answer.error)
    read, listed, lent = pipeline.lasting(lambda: _discover(pipeline, run, answers))
    reports = sorted([*paused, *read], key=lambda each: feeds.index(each.name))
    if lent:
        # Feeds told what articles in quarantine lacked: their payloads wait to be read again.
        run.results += pipeline.lasting(lambda: load_left_over(pipeline, run))
    ask_due(pipeline, run, over=lambda: time.monotonic() > over_at)
    run.skipped = len(listed - {each.info_code for each in run.results})
    return Report(
        run=run.number,
        kind="poll",
        results=run.results,
        feeds=reports,
        skipped=run.skipped,
        requests=pipeline.requests,
        note="; ".join(filter(None, (left_alone_in_words(pipeline, run), run.note))),
        extra={"left": run.left},
    )


def _answers(pipeline: Pipeline, feeds: Mapping[str, Validators | None]) -> list[FeedAnswer]:
    if not feeds:
        return []
    known = {name: each for name, each in feeds.items() if each}
    return pipeline.step("read feeds", lambda: pipeline.crawl.feeds(list(feeds), known))


def _made_up(pipeline: Pipeline, intended: datetime) -> Report | None:
    """A report that says which poll did the work of this one; None where it is to be done."""
    with pipeline.database.transaction(single=True) as connection:
        other = made_up_by(connection, "poll", intended)
    if other is None:
        return None
    with pipeline.database.transaction() as connection:
        run = start_run(
            connection,
            "poll",
            reason="missed, and made up for",
            flow_run=pipeline.flow_run,
            detail=pipeline.intended,
        )
        record_skipped(connection, run, {"made_up_by": other})
    note = (
        f"skipped: it was to begin at {intended.astimezone():%Y-%m-%d %H:%M:%S}, and run {other} began later"
    )
    return Report(run=run, kind="poll", note=note, extra={"made_up_by": other})


def _discover(
    pipeline: Pipeline, run: Run, answers: Sequence[FeedAnswer]
) -> tuple[list[FeedReport], set[str], int]:
    """How each feed went, all that they listed, and how many articles in quarantine they lent something."""
    listings = [listing for answer in answers for listing in answer.listings]
    every = timedelta(seconds=pipeline.settings.poll_seconds)
    with pipeline.database.transaction() as connection:
        new = add_links(connection, {listing.info_code for listing in listings})
        lent = record_sightings(connection, run.number, listings)
        readings = [_reading(answer, new) for answer in answers]
        listed = record_feeds(connection, readings, every=every)
    reports = [
        FeedReport(
            name=each.name, listed=len(listed[each.name]), discovered=each.discovered, error=each.error
        )
        for each in readings
    ]
    return reports, {code for codes in listed.values() for code in codes}, lent


def _reading(answer: FeedAnswer, new: Collection[str]) -> FeedReading:
    codes = tuple(dict.fromkeys(listing.info_code for listing in answer.listings))
    return FeedReading(
        name=answer.name,
        codes=None if answer.unchanged else codes,
        discovered=len([code for code in codes if code in new]),
        error=answer.error,
        validators=answer.validators,
        outage=answer.outage,
    )
