"""A PostgreSQL that is given: the oldest that is supported, over TCP, with a password that it checks."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import psycopg
import pytest

from finews.flows.backup import back_up, restore
from finews.newsroom import Newsroom
from tests.databases import Server
from tests.pipeline.desk import Desk, article, outcomes
from tests.pipeline.test_out_of_reach import one_clear_line

pytestmark = pytest.mark.postgres15

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
PASSWORD = "open-sesame"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The address of a PostgreSQL 15 of the test's own, with its password."""
    with ExitStack() as stack:
        folder = Path("/tmp") / f"finews-pg15-{os.getpid()}"  # a short path: a socket's name is limited
        folder.mkdir(mode=0o777)
        stack.callback(subprocess.run, ["rm", "-rf", str(folder)], check=True)
        user = "postgres" if os.geteuid() == 0 else None
        (folder / "password").write_text(PASSWORD)
        folder.chmod(0o777)
        data = str(folder / "data")
        subprocess.run(
            [
                PROGRAMS / "initdb",
                "-D",
                data,
                "-U",
                "me",
                "-A",
                "scram-sha-256",
                f"--pwfile={folder}/password",
            ],
            check=True,
            capture_output=True,
            user=user,
            cwd="/",
        )
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        process = stack.enter_context(
            subprocess.Popen(
                [PROGRAMS / "postgres", "-D", data, "-h", "127.0.0.1", "-p", str(port), "-k", str(folder)],
                user=user,
                cwd="/",
                stderr=subprocess.DEVNULL,
            )
        )
        stack.callback(process.terminate)
        given = f"postgresql://me:{PASSWORD}@127.0.0.1:{port}/postgres"
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                psycopg.connect(given).close()
                break
            except psycopg.OperationalError:
                time.sleep(0.1)
        yield given


@pytest.fixture
def desk(address: str, newsroom: Newsroom, tmp_path: Path) -> Desk:
    """A desk on that server."""
    return Desk(newsroom=newsroom, address=address, folder=tmp_path)


def test_everything_works_on_the_oldest_version(desk: Desk) -> None:
    desk.publish(article(1, feeds=("37",)), article(2, feeds=("38",), extra={"text": None}))
    assert outcomes(desk.poll()) == {
        article(1).info_code: ("new", ""),
        article(2).info_code: ("quarantined", "body_empty"),
    }
    desk.newsroom.edit(article(1).info_code, title="改过")
    assert desk.ingest(article(1)).counts["updated"] == 1
    for words in (
        ("status",),
        ("trace", article(1).info_code),
        ("quarantine", "list"),
        ("publish",),
        ("reconcile",),
    ):
        assert desk.run(*words, "--json").status == 0, words
    assert desk.run("replay", article(1).info_code, "--json").json["unchanged"] == 1
    assert desk.run("forget", article(1).info_code, "--why", "a test", "--json").status == 0


def test_a_backup_goes_from_there_to_there_and_shows_no_password(
    server: Server, desk: Desk, tmp_path: Path
) -> None:
    desk.publish(article(3))
    desk.ingest(article(3))
    with psycopg.connect(desk.address) as connection:
        connection.execute("lock table payloads in access exclusive mode")
        process = desk.start("backup", "x.dump", "--json")
        while not desk.rows("select from pg_locks where not granted and relation = 'payloads'::regclass"):
            assert process.poll() is None
            time.sleep(0.02)
        family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
        seen = " ".join(word for each in family for word in each.cmdline())
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "pg_dump" in seen
    assert PASSWORD not in seen + out + err, "`ps` shows the password"
    with psycopg.connect(desk.address, autocommit=True) as connection:
        connection.execute("create database another template template0")
    new = Desk(
        newsroom=desk.newsroom, address=desk.address.replace("/postgres", "/another"), folder=tmp_path / "new"
    )
    new.folder.mkdir()
    # From the oldest version to the newest, and back.
    with server.database(empty=True) as newest:
        there = desk.settings(database_url=newest)
        restore(there, desk.folder / "x.dump")
        back_up(there, desk.folder / "y.dump")
    ran = new.run("restore", str(desk.folder / "y.dump"))
    assert ran.status == 0, ran.err
    assert PASSWORD not in ran.out + ran.err
    assert new.run("publish").status == 0
    assert new.tree().items() >= desk.tree().items() > set()


def test_a_wrong_password_is_told_and_none_is_shown(desk: Desk) -> None:
    wrong = desk.address.replace(PASSWORD, "wrong-password")
    for command in ("status", "poll"):
        ran = desk.run(command, "--json", FINEWS_DATABASE_URL=wrong)
        one_clear_line(ran, "password authentication failed")
        assert "wrong-password" not in ran.out + ran.err
    process = desk.start("ingest", article(1).info_code)
    seen = b""
    while process.poll() is None:
        for other in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                seen += other.read_bytes()
            except OSError:
                continue
        time.sleep(0.05)
    process.communicate()
    assert PASSWORD.encode() not in seen, "`ps` shows the password"
