"""Connections that break at any transaction of a run: the run goes on, or the next one does; nothing is told twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import Any

import psycopg
import pytest

from finews.flows.ingest import ingest
from finews.flows.pipeline import Pipeline
from finews.flows.poll import poll
from finews.flows.report import Report
from finews.schema.database import Database
from finews.schema.errors import DatabaseLostError
from tests.pipeline.desk import Desk, article
from tests.pipeline.paused_run import pausing

TRANSACTIONS = 30
"""More than a run of a few articles has."""


def drop_connections(database: Database) -> None:
    """Ends every session of this database that is finews's own, and waits for their ends."""
    with psycopg.connect(database.address, autocommit=True) as connection:
        connection.execute(
            """
            select pg_terminate_backend(pid, 10000) from pg_stat_activity
            where datname = current_database() and application_name = 'finews'
            """
        )


@pytest.fixture
def dropped(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, int], list[int]]:
    """Has all connections drop at the n-th transaction from now on; the list holds n once that has happened."""

    def arm(where: str, number: int) -> list[int]:
        happened: list[int] = []

        def drop(database: Database) -> None:
            happened.append(number)
            drop_connections(database)

        monkeypatch.undo()
        monkeypatch.setattr(Database, "transaction", pausing(where, [number], drop))
        return happened

    return arm


def fresh_articles(desk: Desk) -> Iterator[list[str]]:
    """Three articles at a time, each with a media name of its own, one of them unfit."""
    for start in count(1, 3):
        batch = [
            article(start, medianame=f"报纸{start}", feeds=("37",)),
            article(start + 1, medianame=f"报纸{start + 1}", feeds=("38",)),
            article(start + 2, title="", extra={"text": None}, feeds=("39",)),
        ]
        desk.publish(*batch)
        yield [each.info_code for each in batch]


RUNS: dict[str, Callable[[Pipeline, list[str]], Report]] = {
    "ingest": ingest,
    "poll": lambda pipeline, _: poll(pipeline),
}


@pytest.mark.parametrize(
    ("use_case", "where"),
    [
        ("poll", "unheard"),
        *(
            pytest.param(use_case, where, marks=pytest.mark.slow)
            for use_case, where in (
                ("ingest", "before"),
                ("ingest", "after"),
                ("ingest", "unheard"),
                ("poll", "before"),
            )
        ),
    ],
)
def test_a_run_goes_on_where_its_connections_drop(
    desk: Desk, use_case: str, where: str, dropped: Callable[[str, int], list[int]]
) -> None:
    reached = 0
    with Pipeline(desk.settings(), crawling=1) as pipeline:
        for number, codes in zip(range(1, TRANSACTIONS), fresh_articles(desk), strict=False):
            happened = dropped(where, number)
            report = RUNS[use_case](pipeline, codes)
            assert sorted(each.info_code for each in report.results) == sorted(codes), (number, report)
            assert (report.counts["new"], report.counts["quarantined"]) == (2, 1), (number, report)
            assert posts_are_there(desk, report), number
            reached += len(happened)
            if not happened:
                break
    assert 10 < reached < TRANSACTIONS - 1, "a transaction was not tried"
    whole(desk, 3 * (reached + 1))
    assert desk.rows("select distinct state from runs") == [("ended",)]


@pytest.mark.slow
@pytest.mark.parametrize("where", ["unheard", "before"])
def test_the_next_run_goes_on_where_none_is_to_wait(
    desk: Desk, where: str, dropped: Callable[[str, int], list[int]]
) -> None:
    reached = lost = 0
    with Pipeline(desk.settings(database_wait=0), crawling=1) as pipeline:
        for number, codes in zip(range(1, TRANSACTIONS), fresh_articles(desk), strict=False):
            happened = dropped(where, number)
            try:
                ingest(pipeline, codes)
            except DatabaseLostError:
                lost += 1
                dropped(where, 0)
                pipeline.database.come_back(10)
                ingest(pipeline, codes)
            reached += len(happened)
            if not happened:
                break
    assert 10 < reached < TRANSACTIONS - 1, "a transaction was not tried"
    assert lost > reached / 2
    whole(desk, 3 * (reached + 1))


def test_a_connection_that_breaks_each_time_ends_the_run(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.publish(article(1))
    with Pipeline(desk.settings(), crawling=1) as pipeline:
        monkeypatch.setattr(Database, "transaction", pausing("before", list(range(3, 99)), drop_connections))
        with pytest.raises(DatabaseLostError):
            ingest(pipeline, [article(1).info_code])


def test_a_lost_sign_of_life_is_given_again(desk: Desk) -> None:
    desk.publish(*(article(number) for number in range(1, 61)))
    codes = [article(number).info_code for number in range(1, 61)]
    signs: list[Sequence[Any]] = []
    with Pipeline(desk.settings(), crawling=1) as pipeline, pipeline.run("test", "") as run:
        desk.rows(
            "select pg_terminate_backend(pid, 10000) from pg_locks where locktype = 'advisory' and objid = %s",
            [run.number],
        )
        signs.append(desk.rows("select 1 from pg_locks where locktype = 'advisory' and granted"))
        pipeline.database.keep_locks()
        signs.append(desk.rows("select 1 from pg_locks where locktype = 'advisory' and granted"))
        assert desk.ingest(*codes).counts["new"] == 60
        assert desk.rows("select state from runs where id = %s", [run.number]) == [("running",)]
    assert signs == [[], [(1,)]]


def test_a_slot_that_another_has_taken_meanwhile_ends_the_run(desk: Desk) -> None:
    with Database(desk.settings()) as one, Database(desk.settings()) as other, one.slot("poll") as ours:
        assert ours
        desk.rows("select pg_terminate_backend(pid, 10000) from pg_locks where locktype = 'advisory'")
        with other.slot("poll") as taken:
            assert taken
            with pytest.raises(DatabaseLostError, match="another run has taken its place"):
                one.come_back(0)
        one.come_back(10)
        with other.slot("poll") as taken:
            assert not taken


def posts_are_there(desk: Desk, report: Report) -> bool:
    """Whether each post that a report tells lies on disk."""
    return all((desk.site / each.post).exists() for each in report.results if each.post)


def whole(desk: Desk, articles: int) -> None:
    """Each article once: in rows, payloads, quarantine, first outcomes and posts; every lease given back."""
    desk.run("publish")
    fit = articles * 2 // 3
    assert desk.count("articles") == fit
    assert desk.count("payloads") == articles
    assert desk.rows("select count(*) from revisions") == [(0,)]
    assert desk.rows("select count(*) from events where outcome = 'new'") == [(fit,)]
    assert desk.rows("select count(*) from quarantine") == [(articles - fit,)]
    assert desk.rows("select distinct state, lease_token from links order by 1") == [
        ("done", None),
        ("quarantined", None),
    ]
    assert len(desk.tree()) == fit
