"""The embedded server: shared by processes, stopped by the last, found again after a kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest

from finews.schema.embedded import embedded_server
from finews.schema.errors import EmbeddedServerError

_HOLD = """
import sys
from pathlib import Path
from finews.schema.embedded import embedded_server
with embedded_server(Path(sys.argv[1])):
    print("ready", flush=True)
    sys.stdin.read()
"""


@contextmanager
def holder(data: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that uses the folder's server until its standard input ends."""
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", _HOLD, str(data)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])},
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process


def answers(address: str) -> bool:
    """Whether a database is there."""
    with psycopg.connect(address) as connection:
        return connection.execute("select 1").fetchone() == (1,)


def postmaster(data: Path) -> int:
    """The process id of the folder's server; 0 where none runs."""
    try:
        pid = int((data / "postgres" / "postmaster.pid").read_text().split("\n")[0])
    except FileNotFoundError:
        return 0
    return pid if psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE else 0


def test_two_processes_share_a_server_and_the_last_stops_it(tmp_path: Path) -> None:
    with holder(tmp_path) as other:
        first = postmaster(tmp_path)
        with embedded_server(tmp_path):
            assert postmaster(tmp_path) == first != 0
        assert postmaster(tmp_path) == first, "the other process still uses it"
        other.communicate()
    assert postmaster(tmp_path) == 0


def test_a_server_left_behind_by_a_killed_process_is_found_and_then_stopped(tmp_path: Path) -> None:
    with holder(tmp_path) as other:
        first = postmaster(tmp_path)
        other.send_signal(signal.SIGKILL)
        other.wait()
    assert postmaster(tmp_path) == first
    with embedded_server(tmp_path):
        assert postmaster(tmp_path) == first
    assert postmaster(tmp_path) == 0


def test_a_server_that_was_killed_itself_is_started_again(tmp_path: Path) -> None:
    with holder(tmp_path) as other:
        os.kill(postmaster(tmp_path), signal.SIGKILL)
        other.communicate()
    deadline = time.monotonic() + 30
    while postmaster(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.05)
    with embedded_server(tmp_path) as address:
        assert postmaster(tmp_path)
        assert answers(address)
    assert postmaster(tmp_path) == 0


def test_a_stale_pid_file_that_names_another_program_is_no_hindrance(tmp_path: Path) -> None:
    with embedded_server(tmp_path):
        content = (tmp_path / "postgres" / "postmaster.pid").read_text().split("\n")
    (tmp_path / "postgres" / "postmaster.pid").write_text("\n".join([str(os.getpid()), *content[1:]]))
    with embedded_server(tmp_path):
        assert postmaster(tmp_path) != os.getpid()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(EmbeddedServerError, match="Set FINEWS_HOME"),
        embedded_server(tmp_path / "file" / "data"),
    ):
        pass


def test_a_cluster_whose_making_was_killed_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("18\n")
    (tmp_path / "postgres.being_made").touch()
    with embedded_server(tmp_path):
        assert postmaster(tmp_path)
    with embedded_server(tmp_path):
        assert not (tmp_path / "postgres.being_made").exists()


@pytest.mark.parametrize(
    "name", ["a b", "带 空格 中文", "a,b", "q'u\"o$HOME;(x)&", "a\\b", "a%20b=c", "长" * 60]
)
def test_any_folder_will_do(name: str, tmp_path: Path) -> None:
    for _ in range(2):
        with embedded_server(tmp_path / name) as address:
            assert answers(address)


def test_variables_about_another_server_are_not_heeded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("PGHOST", "PGPORT", "PGOPTIONS", "PGSERVICE", "PGUSER", "PGDATABASE"):
        monkeypatch.setenv(variable, "1")
    with embedded_server(tmp_path) as address:
        assert answers(address)
