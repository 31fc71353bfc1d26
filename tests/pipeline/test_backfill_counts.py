"""How far a backfill has come is counted as its articles end, and is what counting them all would say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date

import pytest

from finews.schema.backfills import progress_of
from finews.schema.chunks import end_links, list_articles, skip_what_is_here
from finews.schema.database import Database
from finews.schema.frontier import add_links
from finews.schema.records import Outcome
from tests.pipeline.desk import Desk

DAY = date(2026, 3, 10)
CODES = [f"NW20260310{number:010d}" for number in range(1, 41)]


@pytest.fixture
def database(desk: Desk) -> Iterator[Database]:
    """A database in which a backfill with two chunks, the first one there, has been planned."""
    with Database(desk.settings()) as opened, opened.transaction() as connection:
        connection.execute(
            "insert into backfills (wish, force, asked_by, changed_by) values ('{}', false, 'a', 'a')"
        )
        connection.execute("insert into backfill_chunks (backfill_id, number) values (1, 1), (1, 2)")
        connection.commit()
        yield opened


def counted(database: Database) -> Counter[str]:
    """What reading every link of the backfill says."""
    with database.transaction() as connection:
        rows = connection.execute(
            "select coalesce(outcome, ''), count(*) from backfill_links group by 1"
        ).fetchall()
    return Counter(dict(rows))


def told(database: Database) -> Counter[str]:
    """What a page is told."""
    with database.transaction() as connection:
        progress = progress_of(connection, 1)
    return +Counter({**progress.outcomes, "": progress.left})


def test_counts_follow_every_change(database: Database) -> None:
    with database.transaction() as connection:
        listed = [(code, 1 + place % 2, DAY, "") for place, code in enumerate(CODES)]
        assert list_articles(connection, 1, listed, media="") == len(CODES)
    assert told(database) == counted(database) == Counter({"": 40})
    with database.transaction() as connection:
        # Listed once more by a list that has shifted: nothing is new.
        assert list_articles(connection, 1, listed[:7], media="") == 0
        end_links(connection, 1, dict.fromkeys(CODES[:10], Outcome.NEW) | {CODES[10]: Outcome.FAILED})
    assert told(database) == counted(database) == Counter({"": 29, "new": 10, "failed": 1})
    with database.transaction() as connection:
        # A failure that went well when it was tried again.
        end_links(connection, 1, {CODES[10]: Outcome.UPDATED})
        add_links(connection, CODES[20:25])
        connection.execute("update links set state = 'forgotten'")
        assert skip_what_is_here(connection, 1, explicit=True) == 5
    assert told(database) == counted(database) == Counter({"": 24, "new": 10, "updated": 1, "skipped": 5})


def test_what_is_rolled_back_was_not_counted(database: Database) -> None:
    with database.transaction() as connection:
        list_articles(connection, 1, [(code, 1, DAY, "") for code in CODES], media="")
    with database.transaction() as connection:
        end_links(connection, 1, dict.fromkeys(CODES, Outcome.NEW))
        connection.rollback()
    assert told(database) == counted(database) == Counter({"": 40})


def test_a_plan_that_is_dropped_takes_its_counts_along(database: Database) -> None:
    with database.transaction() as connection:
        list_articles(connection, 1, [(code, 1, DAY, "") for code in CODES], media="")
        connection.execute("delete from backfills where id = 1")
        assert connection.execute("select count(*) from backfill_counts").fetchone() == (0,)
