"""The kept numbers of days are those that counting gives, whatever has happened and whoever was at work at once."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from finews.flows.forget import forget, remember
from finews.flows.pipeline import Pipeline
from finews.schema.coverage import DayCoverage, coverage
from finews.schema.coverage_articles import articles_of_day, media_of_day
from finews.schema.coverage_days import days_known, kept_coverage, recount
from finews.schema.records import CHINA
from tests.pipeline.desk import Desk, article
from tests.pipeline.test_reconcile_days import put_link, put_listing, put_sighting, put_survey

DAYS = [date(2026, 3, 7) + timedelta(days=number) for number in range(6)]
STATES = ("pending", "fetched", "failed", "blocked", "gone", "quarantined", "forgotten", "done")


@contextmanager
def connected(desk: Desk) -> Iterator[Connection[Any]]:
    """A connection of its own, committed at the end of the block."""
    with psycopg.connect(desk.address) as connection:
        yield connection


def kept(desk: Desk) -> list[DayCoverage]:
    """The kept numbers, once what is stale was counted again; they must be what counting gives."""
    with connected(desk) as connection:
        assert recount(connection) == 0
        found = kept_coverage(connection, date.min, date.max)
        assert found == coverage(connection)
    return found


def code(number: int, day: date) -> str:
    return f"NW{day:%Y%m%d}{number:010d}"


class Fate:
    """Random changes of everything that a day depends on, with a fixed seed."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.dice = desk, random.Random(7)
        self.known: list[str] = []

    def day(self) -> date:
        return self.dice.choice(DAYS)

    def moment(self) -> datetime:
        hours = timedelta(hours=self.dice.randrange(24))
        return datetime.combine(self.day(), datetime.min.time(), CHINA) + hours

    def link(self) -> None:
        self.known.append(code(len(self.known), self.day()))
        put_link(self.desk, self.known[-1], self.dice.choice(STATES))

    def move(self) -> None:
        self.desk.execute(
            "update links set state = %s where info_code = %s",
            [self.dice.choice(STATES), self.dice.choice(self.known)],
        )

    def list(self) -> None:
        number, day = self.dice.randrange(40), self.day()
        feed = self.dice.choice(("search", "37"))
        self.desk.execute(
            "delete from listings where info_code = %s and feed = %s", [code(number, DAYS[0]), feed]
        )
        put_listing(self.desk, code(number, DAYS[0]), day, feed=feed)

    def list_elsewhere(self) -> None:
        self.desk.execute("update listings set day = %s where info_code < %s", [self.day(), code(9, DAYS[0])])

    def take_out(self) -> None:
        each = code(self.dice.randrange(40), DAYS[0])
        self.desk.execute("delete from listings where info_code = %s", [each])

    def sight(self) -> None:
        each = self.dice.choice(self.known)
        self.desk.execute("delete from sightings where info_code = %s", [each])
        put_sighting(self.desk, each, self.moment())

    def sight_elsewhere(self) -> None:
        self.desk.execute(
            "update sightings set moment = %s where info_code = %s",
            [self.moment(), self.dice.choice(self.known)],
        )

    def survey(self) -> None:
        put_survey(self.desk, self.day(), self.moment())

    def steps(self, number: int) -> Iterator[bool]:
        """Does so many; yields whether to look after each."""
        every = (
            *(self.link, self.list, self.move, self.sight, self.sight_elsewhere),
            *(self.list_elsewhere, self.take_out, self.survey),
        )
        for step in (self.link, self.list, *(self.dice.choice(every) for _ in range(number))):
            step()
            yield self.dice.random() < 0.4


def test_whatever_happens_the_kept_numbers_are_what_counting_gives(desk: Desk) -> None:
    for look in Fate(desk).steps(60):
        if look:
            kept(desk)
    assert len(kept(desk)) > 3

    real = [article(901), article(902, moment="2026-03-09 23:59:59"), article(903, body="")]
    desk.publish(*real)
    desk.ingest(*real)
    (before,) = [each for each in kept(desk) if each.day == DAYS[3]]
    assert (before.rows, before.published, before.quarantined >= 1) == (1, 1, True)
    desk.newsroom.publish(article(901, moment="2026-03-08 09:30:00"))
    desk.ingest(real[0])
    assert {each.day: each.rows for each in kept(desk) if each.rows} == {DAYS[1]: 1, DAYS[2]: 1}
    with Pipeline(desk.settings()) as pipeline:
        forget(pipeline, [real[0].info_code], why="")
        assert {each.day: each.rows for each in kept(desk) if each.rows} == {DAYS[2]: 1}
        remember(pipeline, [real[0].info_code], why="")
    kept(desk)
    desk.execute("update articles set published_revision = null")
    assert [each.published for each in kept(desk) if each.rows] == [0]


def test_a_run_leaves_nothing_to_count(desk: Desk) -> None:
    desk.publish(*(article(number) for number in range(1, 4)))
    desk.ingest(*(article(number) for number in range(1, 4)))
    assert desk.count("coverage_marks") == 0
    assert desk.rows("select day, rows, stale from coverage_days") == [(date(2026, 3, 10), 3, False)]


def test_no_change_gets_lost_between_two_who_work_at_once(desk: Desk) -> None:
    """A listing that is not committed yet says of which day an article is that another connection brings in."""
    each = code(1, DAYS[0])
    with connected(desk) as first, connected(desk) as second:
        first.execute(
            """
            insert into listings (info_code, feed, day, title, media, digest, url)
            values (%s, 'search', %s, '', '', '', '')
            """,
            [each, DAYS[4]],
        )
        second.execute("insert into links (info_code) values (%s)", [each])
        second.commit()
        assert [(day.day, day.waiting, day.listed) for day in kept(desk)] == [(DAYS[0], 1, 0)]
        first.commit()
        assert [(day.day, day.waiting, day.listed) for day in kept(desk)] == [(DAYS[4], 1, 1)]


def test_what_is_counted_at_a_time_is_bounded(desk: Desk) -> None:
    for number, day in enumerate(DAYS):
        put_link(desk, code(number, day))
    with connected(desk) as connection:
        assert recount(connection, most_days=2, most_marks=4) == 2
        assert [each.waiting for each in kept_coverage(connection, date.min, date.max)] == [0, 0, 1, 1]
        assert recount(connection, most_days=2) == 2
        with connected(desk) as another:
            recount(another)
            assert kept_coverage(another, date.min, date.max) == [], "the other one is counting"
    assert [each.waiting for each in kept(desk)] == [1] * 6
    with connected(desk) as connection:
        assert days_known(connection) == (DAYS[0], DAYS[-1])


def test_notes_are_read_some_at_a_time(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there are, all of them are read by one who is not told how many."""
    monkeypatch.setattr("finews.schema.coverage_days._MARKS_AT_ONCE", 4)
    for number, day in enumerate(DAYS * 3):
        put_link(desk, code(number, day))
    with connected(desk) as connection:
        assert recount(connection) == 0
        assert connection.execute("select count(*) from coverage_marks").fetchone() == (0,)
        assert [each.waiting for each in kept_coverage(connection, date.min, date.max)] == [3] * len(DAYS)
        for number, day in enumerate(DAYS):
            put_link(desk, code(100 + number, day))
        assert recount(connection, most_marks=5) == 0
        left = connection.execute("select count(*) from coverage_marks").fetchone()
        assert left is not None
        assert left[0] > 0, "no more were read than were asked for"


def test_the_articles_of_a_day(desk: Desk) -> None:
    """By media and by standing, each page after the one before."""
    desk.publish(article(1), article(2, medianame="江东日报"), article(3, body=""))
    desk.ingest(article(1), article(2), article(3))
    for number in range(4, 9):
        put_listing(desk, code(number, DAYS[3]), DAYS[3])
    with connected(desk) as connection:
        found = {
            each.media: (each.listed, each.rows, each.missing, each.quarantined)
            for each in media_of_day(connection, DAYS[3])
        }
        assert found == {"样本财经报": (0, 1, 0, 0), "江东日报": (0, 1, 0, 0), "": (5, 0, 5, 1)}
        (held,) = articles_of_day(connection, DAYS[3], "quarantined", limit=9)
        assert (held.info_code, held.state, held.reason) == (
            article(3).info_code,
            "quarantined",
            "body_empty",
        )
        page = articles_of_day(connection, DAYS[3], "missing", limit=3)
        rest = articles_of_day(connection, DAYS[3], "missing", after=page[-1].info_code, limit=3)
        assert [each.info_code[-1] for each in (*page, *rest)] == ["4", "5", "6", "7", "8"]
        assert articles_of_day(connection, DAYS[2], "missing", limit=3) == []
