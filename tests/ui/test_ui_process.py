"""The real `finews ui`: where it listens, how it ends, and what is seen of its secrets."""

from __future__ import annotations

import json
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import httpx
import psutil
import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from finews.flows.accounts import new_account
from finews.flows.listening import console_place, listening
from finews.flows.loopback import is_local
from finews.schema.accounts import Role
from finews.schema.database import Database
from finews.schema.errors import AddressTakenError, ClosedDoorError, RequestError
from tests.pipeline.desk import Desk
from tests.pipeline.service import wait_until
from tests.ui.visitor import Visitor

SECRET = "a-Secret+word/for-the-console"


@contextmanager
def console_of(desk: Desk, *words: str, **given: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A started console and its address, once it answers; killed at the end of the block if it is still there."""
    with desk.start("ui", "--port", "0", "--json", *words, **given) as process:
        try:
            assert process.stdout is not None
            said = "".join(iter(process.stdout.readline, "}\n"))
            yield json.loads(said + "}")["console"], process
        finally:
            process.kill()


@pytest.mark.parametrize(
    "number",
    [
        signal.SIGINT,
        pytest.param(signal.SIGTERM, marks=pytest.mark.slow),
        pytest.param(signal.SIGHUP, marks=pytest.mark.slow),
    ],
)
def test_it_ends_cleanly_and_tells_no_secret(desk: Desk, number: signal.Signals) -> None:
    with console_of(desk, FINEWS_UI_PASSWORD=SECRET) as (address, process):
        with Visitor(address) as visitor, socket.create_connection(("127.0.0.1", visitor.base_url.port or 0)):
            assert visitor.sign_in("operator", SECRET[:-1]).status_code == 403
            assert visitor.sign_in("operator", SECRET).status_code == 200
            assert SECRET not in " ".join(psutil.Process(process.pid).cmdline())
            assert SECRET not in visitor.get("/api/actions").text
            began = time.monotonic()
            process.send_signal(number)
            out, err = process.communicate(timeout=30)
        assert (process.returncode, out, err) == (0, "", "")
        assert time.monotonic() - began < 20
    assert SECRET not in desk.run("settings", "--json", FINEWS_UI_PASSWORD=SECRET).out
    assert SECRET.encode() not in b"".join(
        path.read_bytes() for path in desk.folder.rglob("*") if path.is_file()
    )
    key = desk.folder / "console.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_an_open_stream_does_not_keep_it_from_ending(desk: Desk) -> None:
    with console_of(desk) as (address, process):
        with Visitor(address) as visitor, visitor.stream("GET", "/events") as events:
            heard = events.iter_lines()
            assert next(heard) == "retry: 2000"
            process.terminate()
            # In order, by a last chunk: a connection that is torn would raise here.
            assert not any(line.startswith("data: ") for line in heard)
        out, err = process.communicate(timeout=30)
        assert (process.returncode, out, err) == (0, "", "")


def test_it_opens_to_others_with_a_password_only(desk: Desk) -> None:
    refused = desk.run("ui", "--host", "0.0.0.0", "--port", "0", "--json")
    assert (refused.status, refused.json["error"]) == (2, "ClosedDoor")
    assert "finews accounts add" in refused.err
    with Database(desk.settings()) as database:
        new_account(database, "ann", Role.OPERATOR, "a long password")
    with console_of(desk, "--host", "0.0.0.0") as (address, _), Visitor(address) as visitor:
        assert visitor.get("/").url.path == "/sign-in"
        # The address that it was reached at is its own, also where that is another machine's way to it.
        port = visitor.base_url.port
        assert httpx.get(f"{address}/healthz", headers={"Host": f"127.0.0.1:{port}"}).status_code == 200
        assert httpx.get(f"{address}/healthz", headers={"Host": f"192.0.2.7:{port}"}).status_code == 400


def test_an_address_that_is_taken_and_settings_that_are_wrong(desk: Desk) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        refused = desk.run("ui", "--port", port, "--json")
        assert (refused.status, refused.json["error"]) == (3, "AddressTaken")
    with pytest.raises(RequestError, match="no address of this machine"):
        listening("no such host", 0)
    refused = desk.run("ui", "--port", "0", "--json", FINEWS_UI_PASSWORD_FILE="missing")
    assert (refused.status, refused.err.count("\n")) == (2, 1), refused.err


@pytest.mark.parametrize(
    ("given", "local"),
    [
        ({}, True),
        ({"ui_host": "localhost"}, True),
        ({"ui_host": "::1"}, True),
        ({"ui_host": "0.0.0.0"}, False),
        ({"ui_host": "::"}, False),
        ({"ui_host": "console.example"}, False),
        ({"ui_hosts": "console.example"}, False),
        ({"ui_proxies": "127.0.0.1"}, False),
    ],
)
def test_who_may_reach_it(desk: Desk, given: dict[str, str], local: bool) -> None:
    assert is_local(desk.settings(**given)) is local


def test_a_service_takes_a_free_port_where_nobody_has_asked_for_one(desk: Desk) -> None:
    with Database(desk.settings()) as database, socket.socket() as taken:
        usual = desk.settings().ui_port
        # Where this fails somebody else has it, which does as well.
        with suppress(OSError):
            taken.bind(("127.0.0.1", usual))
            taken.listen()
        port, address = console_place(database, desk.settings())
        assert port != usual
        assert address == f"http://127.0.0.1:{port}"
        with pytest.raises(AddressTakenError):
            console_place(database, desk.settings(ui_port=usual))
        with pytest.raises(ClosedDoorError):
            console_place(database, desk.settings(ui_port=0, ui_hosts="console.example"))


@pytest.mark.slow
def test_a_password_in_a_file_and_a_database_that_is_away(desk: Desk) -> None:
    (desk.folder / "word").write_text(f"{SECRET}\n", encoding="utf-8")
    name = desk.rows("select current_database()")[0][0]
    with (
        console_of(desk, FINEWS_UI_PASSWORD_FILE=str(desk.folder / "word")) as (address, _),
        Visitor(address) as visitor,
        psycopg.connect(make_conninfo(desk.address, dbname="postgres"), autocommit=True) as elsewhere,
    ):
        assert visitor.sign_in("operator", SECRET).status_code == 200
        elsewhere.execute(f"alter database {name} allow_connections false".encode())
        elsewhere.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name])
        ready = visitor.get("/readyz")
        assert (ready.status_code, ready.json()["ready"]) == (503, False)
        assert "went away" in ready.json()["message"]
        assert visitor.get("/healthz").status_code == 200
        page = visitor.get("/actions")
        assert (page.status_code, "The database" in page.text) == (503, True)
        elsewhere.execute(f"alter database {name} allow_connections true".encode())
        wait_until(lambda: visitor.get("/readyz").status_code == 200, 60)
        wait_until(lambda: visitor.get("/actions").status_code == 200, 60)


def test_accounts_on_the_command_line(desk: Desk) -> None:
    added = desk.run("accounts", "add", "Ann", "--role", "operator", "--json", stdin="a long password\n")
    assert added.json == {"name": "ann", "role": "operator", "password": True}
    made = desk.run("accounts", "token", "ann", "--label", "wall", "--days", "9", "--json")
    listed = desk.run("accounts", "list", "--json")
    assert made.json["token"] not in listed.out
    assert "argon2" not in listed.out
    (ann,) = listed.json["accounts"]
    assert (ann["name"], ann["tokens"][0]["label"]) == ("ann", "wall")
    revoked = desk.run("accounts", "revoke", "99", "--json")
    assert (revoked.status, revoked.json["error"]) == (2, "UnknownName")
    assert desk.rows("select door, action, subject, state from actions order by id") == [
        ("command", "account add", "ann", "done"),
        ("command", "token make", "ann", "done"),
        ("command", "token revoke", "99", "refused"),
    ]
