"""What the pipeline needs and does not get: exit 3, one clear line, nothing lost, the next run carries on."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from tests.pipeline.desk import Desk, Ran, article


def one_clear_line(ran: Ran, *words: str) -> None:
    """Exit 3, one line that is finews's own and no traceback, the words in it."""
    assert ran.status == 3, ran
    assert "Traceback" not in ran.err
    assert len([line for line in ran.err.splitlines() if line.startswith("finews: ")]) == 1, ran.err
    for word in words:
        assert word in ran.err


def test_a_database_that_is_down(desk: Desk) -> None:
    desk.publish(article(1))
    ran = desk.run(
        "ingest", article(1).info_code, FINEWS_DATABASE_URL="postgresql://me:open-sesame@127.0.0.1:9/finews"
    )
    one_clear_line(ran, "database cannot be reached", "127.0.0.1")
    assert "open-sesame" not in ran.err + ran.out
    assert desk.newsroom.count() == 0


def test_an_address_that_is_none(desk: Desk) -> None:
    ran = desk.run("status", FINEWS_DATABASE_URL="mysql://me:open-sesame@db/finews")
    one_clear_line(ran, "FINEWS_DATABASE_URL")
    assert "open-sesame" not in ran.err + ran.out


def test_a_wrong_database_name_with_json(desk: Desk) -> None:
    ran = desk.run("status", "--json", FINEWS_DATABASE_URL=f"{desk.address} dbname=no_such_database")
    one_clear_line(ran, "no_such_database")
    assert ran.json["error"] == "DatabaseUnreachable"


@pytest.mark.slow
def test_a_database_that_goes_away_in_the_middle(desk: Desk) -> None:
    desk.publish(*(article(number) for number in range(1, 41)))
    desk.newsroom.fault("stall", seconds=0.2)
    codes = [article(number).info_code for number in range(1, 41)]
    process = desk.start("ingest", *codes, FINEWS_CONCURRENCY="1")
    while desk.newsroom.count("text") < 5:
        assert process.poll() is None
    desk.rows(
        "select pg_terminate_backend(pid) from pg_stat_activity "
        "where datname = current_database() and pid <> pg_backend_pid()"
    )
    _, err = process.communicate(timeout=60)
    assert process.returncode in (0, 3), err
    assert "Traceback" not in err
    desk.newsroom.clear_faults()
    ran = desk.run("ingest", *codes, "--json")
    assert ran.status == 0, ran.err
    assert desk.count("articles") == len(desk.tree()) == 40


def test_a_site_folder_that_cannot_be_written(desk: Desk) -> None:
    desk.publish(article(1))
    (desk.folder / "occupied").touch()
    ran = desk.run("ingest", article(1).info_code, FINEWS_SITE_DIR=str(desk.folder / "occupied" / "site"))
    one_clear_line(ran, "site folder cannot be written", "FINEWS_SITE_DIR")
    assert desk.count("articles") == 1
    ran = desk.run("poll", "--json")
    assert ran.status == 0, ran.err
    assert list(desk.tree()) == [f"_posts/2026-03-10-{article(1).info_code}.md"]


def test_a_read_only_site(desk: Desk) -> None:
    with mounted(desk.site, "ro,size=1m"):
        desk.publish(article(1))
        one_clear_line(desk.run("ingest", article(1).info_code), "Read-only file system")
    assert desk.run("publish", "--json").json["written"] == 1


def test_a_full_disk_leaves_whole_posts_only_and_the_next_run_carries_on(desk: Desk) -> None:
    articles = [article(number, body=f"<p>{'很长的文字' * 2000}{number}</p>") for number in range(1, 31)]
    desk.publish(*articles)
    with mounted(desk.site, "size=300k"):
        one_clear_line(desk.run("ingest", *(each.info_code for each in articles)), "No space left on device")
        on_disk = desk.tree()
        assert 0 < len(on_disk) < 30
        assert all(
            text.endswith("｜[返回首页](//finews.withounder.com/)".encode()) for text in on_disk.values()
        )
    ran = desk.run("ingest", *(each.info_code for each in articles), "--json")
    assert ran.status == 0, ran.err
    assert len(desk.tree()) == 30
    assert all(desk.tree()[path] == text for path, text in on_disk.items())


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[None]:
    """A small file system of its own at `folder`."""
    folder.mkdir(parents=True)
    if os.geteuid() != 0:
        pytest.skip("not permitted here: mounting a file system takes root")
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"not permitted here: mount says {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_database_that_refuses(desk: Desk) -> None:
    with psycopg.connect(desk.address, autocommit=True) as connection:
        connection.execute("create role guest login") if not connection.execute(
            "select from pg_roles where rolname = 'guest'"
        ).fetchone() else None
    guest = desk.address.replace("user=postgres", "user=guest")
    ran = desk.run("status", "--json", FINEWS_DATABASE_URL=guest)
    one_clear_line(ran, "database refuses", "permission denied")
    assert ran.json["error"] == "DatabaseRefused"
    desk.execute("drop table alembic_version")
    one_clear_line(desk.run("status", FINEWS_DATABASE_URL=guest), "database refuses")


def test_a_database_that_is_read_only(desk: Desk) -> None:
    ran = desk.run(
        "ingest",
        article(1).info_code,
        FINEWS_DATABASE_URL=make_conninfo(desk.address, options="-c default_transaction_read_only=on"),
    )
    one_clear_line(ran, "database refuses", "read-only")


@pytest.mark.parametrize("password", ["wr0ng/pw", "w0r@x0ng", "a:b/c@d"])
def test_a_password_that_was_not_encoded_is_not_shown(desk: Desk, password: str) -> None:
    ran = desk.run("status", "--json", FINEWS_DATABASE_URL=f"postgresql://fin:{password}@127.0.0.1:9/finews")
    assert ran.status == 2
    assert "percent-encoded" in ran.err
    for part in re.split(r"[/@:]", password):
        assert len(part) < 2 or part not in ran.err + ran.out
