"""Feeds that a poll leaves alone: the paused ones, and all of them where the mirror is paused that serves them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from finews.flows.pipeline import Pipeline, Run
from finews.flows.report import FeedReport
from finews.schema.feed_records import FeedReading
from finews.schema.feeds import paused_feeds, record_feed
from finews.spiders.heard import MIRROR_PAUSED


def left_alone(pipeline: Pipeline, run: Run, feeds: Sequence[str]) -> tuple[list[FeedReport], list[str]]:
    """What is to be said of feeds that are not read, and the names of those that are; the run notes the first."""
    served = pipeline.rules.sources[0] not in pipeline.rules.paused
    every = timedelta(seconds=pipeline.settings.poll_seconds)

    def look() -> set[str]:
        with pipeline.database.transaction() as connection:
            paused = set(paused_feeds(connection, feeds))
            for name in [] if served else [each for each in feeds if each not in paused]:
                # Its turn has passed, and nobody is charged.
                record_feed(
                    connection,
                    FeedReading(name=name, codes=None, discovered=0, error=MIRROR_PAUSED, outage=True),
                    every=every,
                )
        return paused if served else set(feeds)

    run.paused = sorted(pipeline.lasting(look), key=feeds.index)
    reports = [FeedReport(name=name, listed=0, discovered=0, error=None, paused=True) for name in run.paused]
    return reports, [name for name in feeds if name not in run.paused]


def left_alone_in_words(pipeline: Pipeline, run: Run) -> str:
    """What an operator has to know of it; empty where all was read."""
    first = pipeline.rules.sources[0]
    if first in pipeline.rules.paused:
        return f"no feed is read: mirror {first}, which serves them, is paused"
    if run.paused:
        return f"paused, and not read: {', '.join(run.paused)}"
    return ""
