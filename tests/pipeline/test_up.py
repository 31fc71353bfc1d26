"""`finews up`: everything in one terminal, and nothing left of it, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import psutil
import pytest
from psycopg.conninfo import conninfo_to_dict

from finews.flows.local_prefect import port_is_free
from tests.pipeline.desk import Desk, article
from tests.pipeline.service import Up, processes_of, up, wait_until
from tests.ui.visitor import Visitor

pytestmark = [pytest.mark.prefect, pytest.mark.xdist_group("prefect"), pytest.mark.timeout(600)]


WORD = "for the console alone"


def posts(home: Path) -> int:
    """How many posts the demo's site has."""
    return len(list((home / "up-demo" / "site" / "_posts").glob("*.md")))


@pytest.mark.slow
def test_the_demo_is_up_in_one_terminal_and_gone_with_it(tmp_path: Path) -> None:
    with up(tmp_path / "home", "--demo") as service:
        service.wait_for(r"poll 1: \d+ new")
        assert posts(service.home) > 50
        second = subprocess.run(
            [sys.executable, "-m", "finews.flows.command_line", "up"],
            env=os.environ | {"FINEWS_HOME": str(service.home)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert second.returncode == 2
        assert f"process {service.process.pid} since" in second.stderr
        names = " ".join(word for each in service.processes() for word in each.cmdline())
        assert all(word in names for word in ("finews.newsroom", "server start", "worker start", "postgres"))
        port = service.port
        assert not port_is_free(port)
        console = service.wait_for(r"^console .*:\d+").split()[-1]
        assert f"console at {console}, Prefect at" in second.stderr
        with Visitor(console) as visitor:
            assert "Overview" in visitor.get("/").text
        assert service.end(signal.SIGINT) == 0
        assert processes_of(service.home) == []
        assert port_is_free(port)
        assert port_is_free(int(console.rpartition(":")[2]))
        assert "all of it is stopped" in service.said[-1]
        assert not (service.home / "up.json").exists()


@pytest.mark.slow
def test_nothing_survives_a_killed_service_and_the_next_one_works(tmp_path: Path) -> None:
    home = tmp_path / "home"
    database = home / "postgres"
    given = {"FINEWS_POLL_SECONDS": "5", "FINEWS_SOURCES": "http://127.0.0.1:9", "FINEWS_RETRIES": "0"}
    with up(home, **given) as service:
        # Killed in the middle of a poll, with its place among those that go one at a time.
        service.wait_for(r"poll \d+: ")
        wait_until(lambda: any("prefect.engine" in " ".join(each.cmdline()) for each in service.processes()))
        service.end(signal.SIGKILL)
        wait_until(lambda: processes_of(home) == [], 60)
        assert not (database / "postmaster.pid").exists()
    with up(home, **given) as service:
        service.wait_for(r"poll \d+: ")
        assert service.end(signal.SIGTERM) == 0
        assert processes_of(home) == []


@pytest.mark.slow
def test_a_password_shows_nowhere_and_what_dies_is_started_again(desk: Desk, tmp_path: Path) -> None:
    word = "Very+Secret/word"
    parts = conninfo_to_dict(desk.address)
    address = (
        f"postgresql://{parts['user']}:{quote(word, safe='')}@/{parts['dbname']}"
        f"?host={quote(str(parts['host']), safe='')}&port={parts['port']}"
    )
    home = tmp_path / "home"
    desk.publish(article(1, feeds=("37",)))
    given = desk.environment(
        FINEWS_DATABASE_URL=address, FINEWS_HOME=str(home), FINEWS_POLL_SECONDS="5", FINEWS_UI_PASSWORD=WORD
    )
    with up(home, **given) as service:
        service.wait_for(r"poll \d+: 1 new")
        shows_nothing(service, word)
        # The console's password is the console's: neither Prefect nor a flow has it in its environment.
        knows = [each for each in service.processes() if WORD in each.environ().values()]
        assert [words for each in knows if "finews.ui" not in (words := " ".join(each.cmdline()))] == []
        worker = next(each for each in service.processes() if is_worker(each))
        worker.kill()
        service.wait_for(r"worker ended with 137, again in 1 s")
        service.wait_for(r"worker is started again")
        desk.publish(article(2, feeds=("37",)))
        service.wait_for(r"poll \d+: 1 new, [1-9]")
        shows_nothing(service, word)
        assert service.end() == 0
        assert processes_of(home) == []
    told = "".join(service.said) + "".join(
        path.read_text(errors="replace") for path in (home / "logs").iterdir()
    )
    for path in (home / "prefect").rglob("*"):
        assert not path.is_file() or word.encode() not in path.read_bytes(), path
        assert not path.is_file() or quote(word, safe="").encode() not in path.read_bytes(), path
    assert word not in told
    assert WORD not in told
    assert quote(word, safe="") not in told


def shows_nothing(service: Up, word: str) -> None:
    """No process of the service has the password among its words."""
    words = [" ".join(each.cmdline()) for each in service.processes()]
    assert len(words) >= 4
    assert not [each for each in words if word in each or quote(word, safe="") in each]


def is_worker(process: psutil.Process) -> bool:
    """Whether it is the Prefect worker itself, and not its leash."""
    words = process.cmdline()
    return words[-1:] != [] and "worker" in words and "finews.flows.leash" not in words
