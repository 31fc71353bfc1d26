"""Keeps the search index up to date, so that loading articles need not: in the background, and before a search."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from finews.flows.search_text import search_text
from finews.schema.database import Database
from finews.schema.errors import FinewsError
from finews.schema.search_texts import (
    count_queued,
    sort_in,
    take_queued,
    write_search_texts,
)

BATCH: Final = 500
TAIL: Final = 100
"""So many articles a search indexes itself; of more, which it would have to wait for, it only tells."""
SLOT: Final = "search"
_PAUSE: Final = 1.0
"""Seconds between two looks at an empty queue."""
_BETWEEN_TRIES: Final = 10.0
"""Seconds before a thread asks again whether the index is its own to keep."""
_LOG = logging.getLogger(__name__)


def index_batch(database: Database, limit: int = BATCH) -> int:
    """Indexes up to `limit` of what is queued; returns how many, 0 where nothing is left."""
    with database.transaction() as connection:
        taken, rows = take_queued(connection, limit)
        if rows:
            write_search_texts(connection, [search_text(row) for row in rows])
    if taken:
        # In a transaction of its own: what it holds would keep others from writing.
        with database.transaction() as connection:
            sort_in(connection)
    return taken


def bring_up_to_date(database: Database, stop: threading.Event | None = None) -> int:
    """Indexes all that is queued, or until `stop`; returns how many articles."""
    done = 0
    while not (stop and stop.is_set()) and (taken := index_batch(database)):
        done += taken
    return done


def left_to_index(database: Database) -> int:
    """Indexes the little that was loaded a moment ago; returns how many articles are left then, 10,000 at most."""
    left = _left(database)
    if 0 < left <= TAIL:
        index_batch(database, TAIL)
        left = _left(database)
    return left


def _left(database: Database) -> int:
    with database.transaction() as connection:
        return count_queued(connection)


@contextmanager
def kept_up_to_date(database: Database) -> Iterator[None]:
    """For the block, a thread of this process keeps the index, unless that of another process does already."""
    stop = threading.Event()
    thread = threading.Thread(target=_keep, args=(database, stop), name="search index", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _keep(database: Database, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            with database.slot(SLOT) as ours:
                while ours and not stop.is_set():
                    bring_up_to_date(database, stop)
                    # A slot is a session's: where its connection was lost, somebody else may have it.
                    database.keep_locks()
                    stop.wait(_PAUSE)
            stop.wait(_BETWEEN_TRIES)
        except FinewsError as error:
            _LOG.warning("the search index is not kept for now: %s", error)
            stop.wait(_BETWEEN_TRIES)
