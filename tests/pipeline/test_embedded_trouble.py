"""The embedded server is killed in the middle of a run, and its disk runs full: one line at most, nothing lost."""

from __future__ import annotations

import os
import random
import signal
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from finews.newsroom import Newsroom, SourceArticle
from finews.schema.database import Database
from finews.schema.embedded import embedded_server
from tests.pipeline.desk import Desk, article
from tests.pipeline.own_server import kill_server
from tests.pipeline.test_out_of_reach import mounted, one_clear_line
from tests.pipeline.test_postgres_trouble import ARTICLES, paused, publish_all, whole, with_trouble


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the server's own user reaches: pytest closes its folders to others wherever it starts."""
    with tempfile.TemporaryDirectory(prefix="finews-home-", ignore_cleanup_errors=True) as name:
        yield Path(name)


@pytest.fixture
def embedded(newsroom: Newsroom, folder: Path) -> Desk:
    """A desk whose database is the embedded one; its commands start and stop it."""
    return Desk(newsroom=newsroom, address="", folder=folder)


def look_inside(desk: Desk) -> Iterator[Desk]:
    """The same desk, with its server running for the test's own questions."""
    with Database(desk.settings(database_url=None)) as database:
        yield Desk(newsroom=desk.newsroom, address=database.address, folder=desk.folder)


def test_a_run_starts_a_killed_server_again(embedded: Desk) -> None:
    publish_all(embedded)
    process = paused(embedded, "before", [4, 12, 30], "ingest", "--file", "links.txt")
    ran, pauses = with_trouble(process, lambda: kill_server(embedded.folder / "postgres"))
    assert (ran.status, pauses) == (0, 3), ran.err
    assert ran.err.count("the database went away") >= 2
    assert ran.json["new"] == ARTICLES
    for desk in look_inside(embedded):
        whole(desk)


@pytest.mark.slow
def test_the_next_command_starts_a_killed_server_and_carries_on(embedded: Desk) -> None:
    publish_all(embedded)
    process = paused(embedded, "before", [30], "ingest", "--file", "links.txt", FINEWS_DATABASE_WAIT="0")
    ran, _ = with_trouble(process, lambda: kill_server(embedded.folder / "postgres"))
    one_clear_line(ran, "database went away")
    ran = embedded.run("backfill", "--file", "links.txt", "--json")
    assert ran.status == 0, ran.err
    assert 0 < ran.json["skipped"] < ARTICLES
    for desk in look_inside(embedded):
        whole(desk)
    assert not (embedded.folder / "postgres" / "postmaster.pid").exists()


@pytest.mark.slow
def test_two_runs_start_a_killed_server_once(embedded: Desk) -> None:
    publish_all(embedded)
    with embedded_server(embedded.folder):
        process = paused(embedded, "before", [30], "ingest", "--file", "links.txt")
        # The test's own process has started it, and does not reap it: to others the dead one looks alive.
        ran, _ = with_trouble(process, lambda: kill_server(embedded.folder / "postgres"))
        assert ran.status == 0, ran.err
        assert embedded.run("status", "--json").json["articles"] == ARTICLES


@pytest.mark.slow
def test_a_start_waits_for_the_sessions_of_a_killed_server(embedded: Desk) -> None:
    with (
        embedded_server(embedded.folder) as address,
        psycopg.connect(address, autocommit=True) as busy,
        ThreadPoolExecutor(1) as pool,
    ):
        # It counts on without its server for some seconds, longer than a command takes to begin.
        counting = pool.submit(busy.execute, "select count(*) from generate_series(1, 40000000)")
        time.sleep(0.3)
        server = int((embedded.folder / "postgres" / "postmaster.pid").read_text().splitlines()[0])
        os.kill(server, signal.SIGKILL)
        ran = embedded.run("status", "--json")
        assert ran.status == 0, ran.err
        assert counting.done()


def test_a_full_disk_is_told_and_with_room_the_next_run_carries_on(newsroom: Newsroom, folder: Path) -> None:
    home = folder / "home"
    articles = [incompressible(number) for number in range(1, 121)]
    codes = [each.info_code for each in articles]
    with mounted(home, "size=160m"):
        desk = Desk(newsroom=newsroom, address="", folder=home)
        desk.publish(*articles)
        environment = {"FINEWS_SITE_DIR": str(folder / "site")}
        ran = desk.run("ingest", *codes[:20], "--json", **environment)
        assert ran.json["new"] == 20, ran.err
        fill(home, but=400_000)
        ran = desk.run("ingest", *codes, **environment)
        one_clear_line(ran, "room", "No space left on device")
        ran = desk.run("status", **environment)
        assert ran.status in (0, 3), ran.err
        if ran.status:
            one_clear_line(ran, "No space left on device")
        (home / "ballast").unlink()
        ran = desk.run("ingest", *codes, "--json", **environment)
        assert ran.status == 0, ran.err
        assert ran.json["new"] + ran.json["unchanged"] == 120
        with Database(desk.settings(database_url=None)) as database:
            looked_at = Desk(newsroom=newsroom, address=database.address, folder=folder)
            whole(looked_at, 120)


def incompressible(number: int) -> SourceArticle:
    """An article with a body of some 20 kB that no compression makes much smaller."""
    return article(number, body=f"<p>{random.Random(number).randbytes(10_000).hex()}</p>")


def fill(folder: Path, *, but: int) -> None:
    """Leaves `but` bytes free on the disk of `folder`."""
    found = os.statvfs(folder)
    with (folder / "ballast").open("wb") as file:
        file.write(bytes(found.f_bavail * found.f_frsize - but))
