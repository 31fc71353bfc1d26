"""Poll now: the command, in a process of its own, in the name of whoever asks for it."""

from __future__ import annotations

from collections.abc import Sequence

from finews.flows.background import begin
from finews.flows.pauses import paused_in_words
from finews.flows.poll import known_feeds
from finews.schema.database import Database
from finews.schema.errors import RequestError
from finews.schema.feeds import paused_feeds
from finews.schema.settings import Settings


def poll_now(database: Database, settings: Settings, names: Sequence[str], *, who: str) -> int | None:
    """Begins a poll of these feeds, of all where none is named; returns its run, None where it has none yet.

    Raises UnknownNameError, RequestError where all that is named is paused, BackgroundError.
    """
    feeds = known_feeds(names)
    with database.transaction() as connection:
        paused = paused_feeds(connection, feeds)
    if names and len(paused) == len(feeds):
        name, pause = next(iter(paused.items()))
        raise RequestError(f"feed {name} is {paused_in_words(pause)}", advice="Resume it first")
    chosen = [word for name in feeds for word in ("--feed", name)] if names else []
    return begin(database, settings, ["poll", *chosen], who=who).run
