"""`doctor`: every check is made whatever else is wrong, nothing is changed, and each finding says how to mend it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from finews.flows.check import Check, Standing, looked_at
from finews.flows.doctor import diagnose
from finews.flows.doctor_database import NAMES, judge_database
from finews.flows.doctor_machine import check_folder, check_left_server, check_leftovers, check_prefect
from finews.flows.site_file import half_written
from finews.schema.errors import DatabaseUnreachableError
from finews.schema.examination import DatabaseFacts, examine
from finews.schema.migrate import HEAD
from finews.schema.records import FEEDS
from tests.databases import Server
from tests.pipeline.desk import Desk, article

WELL, KNOW, WRONG, UNCHECKED = Standing.WELL, Standing.WORTH_KNOWING, Standing.WRONG, Standing.NOT_CHECKED


def found(desk: Desk, **settings: Any) -> dict[str, Check]:
    """Name → check. What is wrong says how to mend it."""
    checks = diagnose(lambda: desk.settings(**settings))
    assert all(each.mend for each in checks if each.standing is WRONG)
    by_name = {each.name: each for each in checks}
    assert len(by_name) == len(checks)
    return by_name


def facts(**changes: Any) -> DatabaseFacts:
    """A database with which all is well, but for the changes."""
    fine: dict[str, Any] = {
        "shown": "postgresql://db/finews",
        "version": 18,
        "revision": HEAD,
        "tables": 30,
        "encoding": "UTF8",
        "may_create": True,
        "read_only": False,
        "ahead": 0.01,
        "size": 10_000_000,
    }
    return DatabaseFacts(**{**fine, **changes})


def dead_process() -> int:
    """The number of a process that has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def test_all_is_well_after_one_request_to_each_mirror_and_feed(desk: Desk) -> None:
    desk.publish(article(1, feeds=FEEDS))
    desk.poll()
    desk.newsroom.forget_requests()
    ran = desk.run("doctor", "--json", FINEWS_CONTACT="mailto:desk@example.org")
    assert ran.status == 0, ran.out
    assert ran.json["well"] is True
    checks = {each["name"]: each for each in ran.json["checks"]}
    assert {name for name, each in checks.items() if each["standing"] == "wrong"} == set()
    for name in (
        "settings",
        "data folder",
        "site folder",
        "database",
        *NAMES,
        "backup programs",
        "mirrors' clock",
    ):
        assert checks[name]["standing"] == "well", checks[name]
    assert checks["schema"]["found"] == f"revision {HEAD}"
    for base in desk.newsroom.bases:
        assert checks[f"mirror {base}"]["standing"] == "well"
    for name in FEEDS:
        assert checks[f"feed {name}"]["found"].startswith("lists 1 of")
    asked = sorted(each.path for each in desk.newsroom.requests)
    assert [each for each in asked if each == "/robots.txt"] == ["/robots.txt"] * 3
    assert (len(asked), desk.newsroom.count("feeds")) == (8, 5)
    assert desk.count("runs") == 1


def test_with_the_database_away_the_rest_is_looked_at(desk: Desk) -> None:
    desk.publish(article(1, feeds=FEEDS))
    ran = desk.run("doctor", FINEWS_DATABASE_URL="postgresql://me:open-sesame@127.0.0.1:9/finews")
    assert ran.status == 1
    assert "Traceback" not in ran.err
    assert "open-sesame" not in ran.out + ran.err
    told = [line.rstrip() for line in ran.out.splitlines()]
    assert [line for line in told if line.startswith("wrong")] == [
        line
        for line in told
        if line.startswith("wrong          database: postgresql://me@127.0.0.1:9/finews")
    ]
    assert sum(line.startswith("not checked") for line in told) == len(NAMES)
    assert sum("feed" in line and line.startswith("well") for line in told) == len(FEEDS)


def test_wrong_settings_leave_little_to_look_at(desk: Desk) -> None:
    ran = desk.run("doctor", "--json", FINEWS_RATE="fast")
    checks = {each["name"]: each for each in ran.json["checks"]}
    assert ran.status == 1
    assert (checks["settings"]["standing"], "FINEWS_RATE" in checks["settings"]["found"]) == ("wrong", True)
    assert checks["database"]["standing"] == checks["mirrors"]["standing"] == "not checked"
    assert checks["backup programs"]["standing"] == "well"


def test_mirrors_and_feeds_that_fail_are_told(desk: Desk) -> None:
    desk.publish(article(1, feeds=("37",)))
    desk.newsroom.fault("http_500", path="/information/newmarket/web/webapi")
    desk.newsroom.fault("http_403", path="robots", mirror=1)
    desk.execute(
        "insert into mirrors (base, opened, opened_at, probe_at, last_error) values (%s, 1, now(), now(), 'timeout')",
        [desk.newsroom.bases[2]],
    )
    checks = found(desk)
    assert checks["feed 37"].standing is WRONG
    assert "http_500" in checks["feed 37"].found
    assert checks["feed rolling"].standing is KNOW, "it lists nothing"
    first, second, third = (checks[f"mirror {base}"] for base in desk.newsroom.bases)
    assert (first.standing, second.standing, third.standing) == (WELL, KNOW, KNOW)
    assert "http_403" in second.found
    assert "circuit is open" in third.found
    assert desk.newsroom.count("feeds") == 5, "one request each, also where it fails"


def test_a_new_home_without_a_network(desk: Desk, tmp_path: Path) -> None:
    new = tmp_path / "new"
    sources = ("http://127.0.0.1:9", "http://localhost:9")
    checks = found(desk, home=new, site_dir=new / "site", database_url=None, sources=sources)
    assert (checks["data folder"].standing, checks["database"].standing) == (KNOW, KNOW)
    assert {checks[name].standing for name in NAMES} == {UNCHECKED}
    assert checks["mirror http://127.0.0.1:9"].standing is WRONG
    assert {checks[f"feed {name}"].standing for name in FEEDS} == {UNCHECKED}
    assert checks["mirrors' clock"].standing is UNCHECKED
    assert {name for name, each in checks.items() if each.standing is WRONG} == {
        f"mirror {each}" for each in sources
    }
    assert not new.exists(), "a doctor changes nothing"


def test_what_killed_processes_left_is_told(desk: Desk) -> None:
    desk.publish(article(1))
    desk.ingest(article(1))
    with_pid = half_written(desk.site / "_posts/x.md").name.replace(str(os.getpid()), str(dead_process()))
    (desk.site / "_posts" / with_pid).write_text("half")
    desk.execute("insert into runs (kind, host, pid) values ('poll', 'here', 1)")
    desk.execute("update links set lease_token = 1, lease_run = (select max(id) from runs)")
    assert [each.standing for each in check_leftovers(desk.settings())] == [KNOW]
    seen = examine(desk.settings())
    assert (seen.dead_runs, seen.dead_leases) == (1, 1)
    assert (desk.site / "_posts" / with_pid).exists(), "a doctor changes nothing"


def test_an_embedded_server_that_nobody_uses_is_told(server: Server, desk: Desk, tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "postgres").mkdir(parents=True)
    settings = desk.settings(home=home, database_url=None)
    assert check_left_server(settings)[0].standing is WELL
    with psycopg.connect(server.address) as connection:
        (home / "postgres" / "postmaster.pid").write_text(f"{connection.info.backend_pid}\n")
        (home / "postgres.use").touch()
        (told,) = check_left_server(settings)
        assert told.standing is KNOW
        assert str(connection.info.backend_pid) in told.found


def test_rights_are_tried_on_a_real_server(server: Server, desk: Desk) -> None:
    with server.database(empty=True) as address, psycopg.connect(address, autocommit=True) as connection:
        connection.execute("create role finews_guest login")
        try:
            guest = make_conninfo(address, user="finews_guest")
            assert not examine(desk.settings(database_url=guest)).may_create
            assert examine(desk.settings(database_url=address)).may_create
            name = sql.Identifier(connection.info.dbname)
            connection.execute(
                sql.SQL("alter database {} set default_transaction_read_only = on").format(name)
            )
            assert examine(desk.settings(database_url=address)).read_only
        finally:
            connection.execute("drop role finews_guest")


@pytest.mark.parametrize(
    ("name", "changes", "standing"),
    [
        ("postgresql version", {"version": 15}, WELL),
        ("postgresql version", {"version": 14}, WRONG),
        ("postgresql version", {"version": 19}, KNOW),
        ("schema", {"revision": "0001"}, KNOW),
        ("schema", {"revision": "9999"}, WRONG),
        ("schema", {"revision": None, "tables": 0}, KNOW),
        ("schema", {"revision": None, "tables": 3}, WRONG),
        ("leases of the dead", {"revision": "0001"}, UNCHECKED),
        ("leases of the dead", {"dead_runs": 1}, KNOW),
        ("encoding", {"encoding": "SQL_ASCII"}, WRONG),
        ("rights", {"may_create": False}, WRONG),
        ("rights", {"read_only": True}, WRONG),
        ("database clock", {"ahead": -29.0}, WELL),
        ("database clock", {"ahead": -31.0}, KNOW),
        ("database clock", {"ahead": 301.0}, WRONG),
    ],
)
def test_what_is_said_of_a_database(name: str, changes: dict[str, Any], standing: Standing) -> None:
    checks = {each.name: each for each in judge_database(facts(**changes))}
    assert set(checks) == {"database", *NAMES}
    assert checks[name].standing is standing
    others = {each.name for each in checks.values() if each.standing not in (WELL, UNCHECKED)} - {name}
    assert others <= ({"schema"} if "revision" in changes else set())


def test_folders_are_tried(tmp_path: Path) -> None:
    (file := tmp_path / "file").touch()
    for folder, standing in (
        (tmp_path, WELL),
        (tmp_path / "a" / "b", KNOW),
        (file, WRONG),
        (file / "below", WRONG),
        (Path("/proc/self"), WRONG),
        (Path("/proc/self/finews"), WRONG),
    ):
        (told,) = looked_at("it", lambda folder=folder: check_folder("it", folder, "FINEWS_HOME"))  # type: ignore[misc]
        assert told.standing in ({standing, KNOW} if standing is WELL else {standing}), told
    assert not (tmp_path / "a").exists()


def test_a_prefect_server_that_does_not_answer(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert check_prefect()[0].standing is WELL
    for address in (
        "http://me:secret@127.0.0.1:9/api",
        "file:///etc/passwd",
        f"{desk.newsroom.bases[0]}/api",
    ):
        monkeypatch.setenv("PREFECT_API_URL", address)
        (told,) = check_prefect()
        assert told.standing is WRONG
        assert "secret" not in told.found


def test_a_look_that_breaks_is_a_finding() -> None:
    def broken() -> list[Check]:
        raise ZeroDivisionError

    def away() -> list[Check]:
        raise DatabaseUnreachableError("postgresql://db")

    (bug,) = looked_at("it", broken)
    assert (bug.standing, "ZeroDivisionError" in bug.found) == (WRONG, True)
    (told,) = looked_at("it", away, mend="Start it")
    assert (told.found, told.mend) == ("postgresql://db", "Start it")
