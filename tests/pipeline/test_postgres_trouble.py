"""PostgreSQL restarts, crashes and stays away while a run works: nothing lost, nothing twice."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psycopg
import pytest

from finews.newsroom import Newsroom
from tests.pipeline.desk import Desk, Ran, article
from tests.pipeline.own_server import OwnServer, own_server
from tests.pipeline.test_out_of_reach import one_clear_line

ARTICLES = 300
CODES = [article(number).info_code for number in range(1, ARTICLES + 1)]


@pytest.fixture(scope="module")
def own() -> Iterator[OwnServer]:
    """A server that these tests restart."""
    with own_server() as running:
        yield running


@pytest.fixture
def restarted(own: OwnServer, newsroom: Newsroom, tmp_path: Path) -> Iterator[Desk]:
    """A desk on that server, with its articles published and listed in `links.txt`."""
    name = f"d{abs(hash(tmp_path))}"
    _as_owner(own, f"create database {name} template template0")
    desk = Desk(newsroom=newsroom, address=f"{own.address} dbname={name}", folder=tmp_path)
    publish_all(desk)
    yield desk
    _as_owner(own, f"drop database {name} with (force)")


def _as_owner(own: OwnServer, statement: str) -> None:
    with psycopg.connect(own.address, autocommit=True) as connection:
        connection.execute(statement.encode())


def publish_all(desk: Desk) -> None:
    """The source publishes the articles, in two feeds: one lists two hundred at most."""
    desk.publish(
        *(article(number, feeds=("37", "38")[number % 2 :][:1]) for number in range(1, ARTICLES + 1))
    )
    (desk.folder / "links.txt").write_text("\n".join(CODES), encoding="utf-8")


def paused(desk: Desk, where: str, numbers: Sequence[int], *words: str, **more: str) -> subprocess.Popen[str]:
    """Starts a command that pauses at its transactions with these numbers."""
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "tests.pipeline.paused_run", where),
            *(",".join(map(str, numbers)), *words, "--json"),
        ],
        env=desk.environment(FINEWS_FEED_COUNT=str(ARTICLES), **more),
        cwd=desk.folder,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def with_trouble(process: subprocess.Popen[str], trouble: Callable[[], None]) -> tuple[Ran, int]:
    """Makes trouble at each pause of a command, and waits for its end; how it ended, and how often it paused."""
    assert process.stdin
    assert process.stderr
    said: list[str] = []
    pauses = 0
    for line in process.stderr:
        if line == "paused\n":
            pauses += 1
            trouble()
            process.stdin.write("\n")
            process.stdin.flush()
        else:
            said.append(line)
    out, _ = process.communicate(timeout=120)
    return Ran(status=process.returncode, out=out, err="".join(said)), pauses


def whole(desk: Desk, articles: int = ARTICLES) -> None:
    """Every article once: in rows, payloads, first outcomes and posts; every lease given back, every run closed."""
    assert desk.count("articles") == desk.count("payloads") == articles
    assert desk.rows("select count(*) from revisions") == [(0,)]
    assert desk.rows("select count(*) from events where outcome = 'new'") == [(articles,)]
    assert desk.rows("select distinct state, lease_token from links") == [("done", None)]
    assert len(desk.tree()) == articles
    assert desk.run("publish", "--json").json["written"] == 0
    assert desk.run("reconcile").status == 0


@pytest.mark.parametrize(
    ("how", "where"),
    [(how, where) for how in ("restart", "crash") for where in ("before", "after", "unheard")],
)
@pytest.mark.slow
def test_an_ingest_lasts_through_restarts(own: OwnServer, restarted: Desk, how: str, where: str) -> None:
    process = paused(restarted, where, [4, 12, 30, 51], "ingest", "--file", "links.txt")
    ran, pauses = through(own, how, process)
    assert ran.status == 0, ran.err
    assert pauses == 4
    assert ran.err.count("the database went away") >= 3
    assert ran.json["new"] == ARTICLES
    whole(restarted)
    assert restarted.rows("select state, counts->>'new' from runs") == [("ended", str(ARTICLES))]


@pytest.mark.parametrize("how", ["restart", pytest.param("crash", marks=pytest.mark.slow)])
def test_poll_replay_and_publish_last_through_restarts(own: OwnServer, restarted: Desk, how: str) -> None:
    process = paused(restarted, "before", [5, 12, 40], "poll")
    ran, pauses = through(own, how, process)
    assert (ran.status, pauses) == (0, 3), ran.err
    assert ran.json["new"] == ARTICLES
    whole(restarted)

    process = paused(restarted, "before", [2, 4, 6], "replay", "--all")
    ran, pauses = through(own, how, process)
    assert (ran.status, pauses) == (0, 3), ran.err
    assert ran.json["unchanged"] == ARTICLES
    whole(restarted)

    for path in list(restarted.tree()):
        (restarted.site / path).unlink()
    process = paused(restarted, "before", [2], "publish")
    ran, pauses = through(own, how, process)
    assert (ran.status, pauses) == (0, 1), ran.err
    assert ran.json["written"] + ran.json["unchanged"] == ARTICLES
    whole(restarted)


@pytest.mark.slow
@pytest.mark.parametrize("how", ["restart", "crash"])
def test_a_database_that_stays_away_is_one_line_and_the_next_run_carries_on(
    own: OwnServer, restarted: Desk, how: str
) -> None:
    process = paused(restarted, "before", [20], "ingest", "--file", "links.txt", FINEWS_DATABASE_WAIT="1")
    ran, _ = with_trouble(process, own.stop if how == "restart" else own.crash)
    try:
        one_clear_line(ran, "database went away")
        assert ran.json["error"] == "DatabaseLost"
        one_clear_line(restarted.run("status"), "database cannot be reached")
    finally:
        own.start()
    done = restarted.count("articles")
    assert 0 < done < ARTICLES
    ran = restarted.run("backfill", "--file", "links.txt", "--json")
    assert ran.status == 0, ran.err
    assert ran.json["new"] == ARTICLES - done
    whole(restarted)


def through(own: OwnServer, how: str, process: subprocess.Popen[str]) -> tuple[Ran, int]:
    """`with_trouble`, which is a server that comes back a moment later, while the run looks for it already."""
    starting: list[threading.Thread] = []

    def trouble() -> None:
        for each in starting:
            each.join()
        (own.stop if how == "restart" else own.crash)()
        starting[:] = [threading.Timer(0.5, own.start)]
        starting[0].start()

    found = with_trouble(process, trouble)
    for each in starting:
        each.join()
    return found
