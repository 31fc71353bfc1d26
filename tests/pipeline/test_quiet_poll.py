"""A poll that finds nothing new: what it sends to the database, what it writes, and what is told of it all the same."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from finews.flows.pipeline import Pipeline
from finews.flows.poll import poll
from finews.flows.runs import said_by
from finews.schema.feed_history import FeedHistory
from finews.schema.feed_records import FeedReading, Validators
from finews.schema.feeds import feed_states, record_feeds
from finews.schema.hourly_counts import FeedHour, feed_hours
from finews.schema.left_over import LeftOver, left_over
from tests.pipeline.desk import Desk, article

MOST_STATEMENTS = 11
EVERY = timedelta(minutes=1)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is sent from now on: statements, and `connect` for a connection that is opened."""
    told: list[str] = []
    execute: Callable[..., Any] = psycopg.Cursor.execute
    connect: Callable[..., Any] = psycopg.connect

    def noted(self: object, query: object, *arguments: object, **named: object) -> object:
        told.append(str(query))
        return execute(self, query, *arguments, **named)

    def opened(*arguments: object, **named: object) -> object:
        told.append("connect")
        return connect(*arguments, **named)

    monkeypatch.setattr(psycopg.Cursor, "execute", noted)
    monkeypatch.setattr(psycopg, "connect", opened)
    return told


@pytest.fixture
def pipeline(desk: Desk) -> Iterator[Pipeline]:
    """A pipeline that has polled what there is."""
    desk.publish(article(1, feeds=("37",)), article(2, feeds=("38", "39")))
    with Pipeline(desk.settings(), crawling=1) as opened:
        assert poll(opened).counts["new"] == 2
        poll(opened)
        yield opened


def test_it_sends_little(pipeline: Pipeline, sent: list[str]) -> None:
    del sent[:]
    report = poll(pipeline)
    assert report.counts["skipped"] == 2
    assert report.requests == 5
    assert "connect" not in sent
    assert len(sent) <= MOST_STATEMENTS, "\n".join(sent)


def test_it_writes_no_line_and_its_page_has_one(desk: Desk, pipeline: Pipeline) -> None:
    run = poll(pipeline).run
    assert desk.rows("select count(*) from run_lines where run_id = %s", [run]) == [(0,)]
    (line,) = said_by(pipeline.database, run, after=0, limit=10)
    assert (line.number, line.level, line.line) == (1, "info", "reading feeds")
    assert desk.rows("select started_at from runs where id = %s", [run]) == [(line.at,)]
    assert said_by(pipeline.database, run, after=1, limit=10) == []
    desk.execute("update runs set started_at = now() - interval '91 days' where id = %s", [run])
    assert said_by(pipeline.database, run, after=0, limit=10) == []
    # The first one had more to say, and kept it.
    assert said_by(pipeline.database, 1, after=0, limit=1)[0].line == "reading feeds"
    assert desk.rows("select number from run_lines where run_id = 1 order by number limit 2") == [(1,), (2,)]


def test_what_others_left_is_seen_to(desk: Desk, pipeline: Pipeline) -> None:
    desk.execute("insert into runs (kind, host, pid) values ('ingest', 'elsewhere', 1)")
    (number,) = desk.rows("select max(id) from runs")[0]
    desk.execute("update links set state = 'fetched', lease_run = %s, lease_token = 1", [number])
    desk.execute("update links set lease_until = now() + interval '5 minutes'")
    assert poll(pipeline).counts["unchanged"] == 2
    assert desk.rows("select state from runs where id = %s", [number]) == [("broken",)]
    assert desk.rows("select distinct state, lease_token from links") == [("done", None)]
    before = desk.tree()
    for path in before:
        (desk.site / path).unlink()
    desk.execute("update articles set published_revision = null")
    poll(pipeline)
    assert desk.tree() == before


def test_days_are_counted_and_old_lines_let_go(desk: Desk, pipeline: Pipeline) -> None:
    desk.execute("update coverage_days set stale = true")
    desk.execute("update run_lines set at = now() - interval '91 days'")
    poll(pipeline)
    assert desk.rows("select count(*) from coverage_days where stale") == [(0,)]
    assert desk.count("run_lines") == 0


def test_feeds_are_noted_to_the_microsecond(desk: Desk, pipeline: Pipeline) -> None:
    dice = random.Random(1)
    names = ("rolling", "headlines", "37", "38", "39", "new here")
    for number in range(40):
        readings = [_reading(dice, name, number) for name in names]
        desk.execute(
            "update feeds set last_success = now() - make_interval(secs => %s * random())",
            [dice.choice([9, 9e3])],
        )
        with pipeline.database.transaction() as connection:
            before = {each.name: each for each in feed_states(connection)}
            hours = {name: feed_hours(connection, name, timedelta(hours=1))[-1:] for name in names}
            codes = dict(connection.execute("select name, codes from feeds").fetchall())
            listed = record_feeds(connection, readings, every=EVERY)
            (now,) = connection.execute("select now()").fetchone() or ()
            for reading in readings:
                name, old = reading.name, before.get(reading.name)
                (state,) = (each for each in feed_states(connection) if each.name == name)
                hour = feed_hours(connection, name, timedelta(hours=1))[-1]
                had = codes.get(name, [])
                lists = had if reading.codes is None else list(reading.codes)
                assert list(listed[name]) == lists
                assert state.next_poll == now + EVERY
                (counted,) = hours[name] or [FeedHour(hour=hour.hour)]
                if reading.error:
                    assert old is None or state.history == old.history
                    assert state.failures == (old.failures if old else 0) + (not reading.outage)
                    assert (hour.failures, hour.unheard, hour.readings, hour.listed) == (
                        counted.failures + (not reading.outage),
                        counted.unheard + reading.outage,
                        counted.readings,
                        counted.listed,
                    )
                    continue
                since = now - old.last_success if old and old.last_success else timedelta()
                history = (old.history if old else FeedHistory()).after(
                    listed=len(lists), news=bool(set(lists) - set(had)), since=since
                )
                assert state.history == history
                assert (state.last_success, state.failures, state.listed) == (now, 0, len(lists))
                assert (hour.readings, hour.listed, hour.discovered) == (
                    counted.readings + 1,
                    counted.listed + len(lists),
                    counted.discovered + reading.discovered,
                )


def _reading(dice: random.Random, name: str, number: int) -> FeedReading:
    if dice.random() < 0.2:
        outage = dice.random() < 0.5
        return FeedReading(name=name, codes=(), discovered=0, error="http_500", outage=outage)
    codes = tuple(f"NW{number}{place:03d}" for place in range(dice.randrange(4)))
    return FeedReading(
        name=name,
        codes=dice.choice([None, codes]),
        discovered=dice.randrange(3),
        validators=dice.choice([None, Validators(url='http://a/?b="c"&d=\'\\', etag='W/"x"')]),
    )


def test_what_is_left_is_looked_for_in_indexes(desk: Desk, pipeline: Pipeline) -> None:
    """Each run asks this, whatever number of articles there is: no table is read from end to end."""
    with psycopg.connect(desk.address) as connection:
        connection.execute("set session_replication_role = replica")
        for statement in (
            """
            insert into links (info_code, state)
            select 'NW' || 202603030000000000 + n, 'done' from generate_series(1, 20000) n
            """,
            """
            insert into articles (info_code, rolling, path, category, media, title, moment, body, digest, link,
                                  content_hash, normaliser, payload_id, first_run, published_revision)
            select 'NW' || 202603030000000000 + n, false, n || '.md', 'a', 'a', 'a', now(), '', '', '', '', 1, n, 1, 1
            from generate_series(1, 20000) n
            """,
        ):
            connection.execute(statement.encode())
        connection.commit()
        connection.autocommit = True
        connection.execute("vacuum analyze links, articles")
    with pipeline.database.transaction() as connection:
        before = _read_in_a_row(connection)
        assert left_over(connection, 1) == LeftOver(others=False, unread=False, unpublished=False)
        assert _read_in_a_row(connection) == before


def _read_in_a_row(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """Table → rows that this session has read without an index, as far as it has not told the server yet."""
    return dict(
        connection.execute(
            "select relname::text, seq_tup_read from pg_stat_xact_user_tables where relname in ('links', 'articles')"
        ).fetchall()
    )
