"""A PostgreSQL server of a test's own, that it may stop, kill and start."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from finews.schema.postgres_process import start_server, stop_server


class OwnServer:
    """A server in a folder of its own; `address` stays the same over its starts."""

    def __init__(self, folder: Path) -> None:
        self._data = folder
        self.address = start_server(folder)

    def start(self) -> None:
        """Starts it; after `crash` it recovers first."""
        start_server(self._data)

    def stop(self) -> None:
        """A fast shutdown, as a restart of the service or the machine begins with."""
        stop_server(self._data)

    def crash(self) -> None:
        """The main process is killed; its sessions end by themselves."""
        kill_server(self._data)


def kill_server(data: Path) -> None:
    """SIGKILL to the main process of the server in this data folder; its sessions end by themselves meanwhile."""
    server = psutil.Process(int((data / "postmaster.pid").read_text().splitlines()[0]))
    sessions = [each for each in server.children() if "[local]" in " ".join(each.cmdline())]
    server.kill()
    psutil.wait_procs(sessions, timeout=30)


@contextmanager
def own_server() -> Iterator[OwnServer]:
    """Such a server, stopped and removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="finews-own-"))  # a short path: a socket's name is limited
    try:
        server = OwnServer(folder / "data")
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
