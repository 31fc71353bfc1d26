"""Feeds that a poll leaves alone: the paused ones, and all of them where the mirror is paused that serves them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

from finews.flows.pipeline import Pipeline, Run
from finews.flows.report import FeedReport
from finews.schema.feed_records import FeedReading, Validators
from finews.schema.feeds import pauses_and_validators, record_feeds
from finews.spiders.heard import MIRROR_PAUSED


def left_alone(
    pipeline: Pipeline, run: Run, feeds: Sequence[str]
) -> tuple[list[FeedReport], Mapping[str, Validators | None]]:
    """What is to be said of feeds that are not read, and those that are: name → what its last answer came with.

    The run notes the first.
    """
    paused, known = pipeline.lasting(lambda: _looked_at(pipeline, feeds))
    if pipeline.rules.sources[0] in pipeline.rules.paused:
        pipeline.lasting(lambda: _passed_over(pipeline, [name for name in feeds if name not in paused]))
        paused = feeds
    run.paused = [name for name in feeds if name in paused]
    reports = [FeedReport(name=name, listed=0, discovered=0, error=None, paused=True) for name in run.paused]
    return reports, {name: known.get(name) for name in feeds if name not in paused}


def _looked_at(pipeline: Pipeline, feeds: Sequence[str]) -> tuple[Collection[str], Mapping[str, Validators]]:
    with pipeline.database.transaction(single=True) as connection:
        return pauses_and_validators(connection, feeds)


def _passed_over(pipeline: Pipeline, feeds: Sequence[str]) -> None:
    """Their turn has passed, and nobody is charged."""
    every = timedelta(seconds=pipeline.settings.poll_seconds)
    with pipeline.database.transaction() as connection:
        record_feeds(
            connection,
            [
                FeedReading(name=name, codes=None, discovered=0, error=MIRROR_PAUSED, outage=True)
                for name in feeds
            ],
            every=every,
        )


def left_alone_in_words(pipeline: Pipeline, run: Run) -> str:
    """What an operator has to know of it; empty where all was read."""
    first = pipeline.rules.sources[0]
    if first in pipeline.rules.paused:
        return f"no feed is read: mirror {first}, which serves them, is paused"
    if run.paused:
        return f"paused, and not read: {', '.join(run.paused)}"
    return ""
