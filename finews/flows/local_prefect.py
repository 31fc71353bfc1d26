"""A Prefect server of one's own, on loopback, as a child process with its data in one folder."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from finews.schema.errors import PrefectUnreachableError

_PATIENCE = 120.0


class LocalPrefect:
    """The server process; `wait()` returns when it answers, `address` is its API."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        """`port` 0 is a free one."""
        self.folder = folder
        self.port = port or free_port()
        self.address = f"http://127.0.0.1:{self.port}/api"
        self.log = folder / "server.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts the server; it is not ready yet."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                self.program,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=os.environ | self.environment(),
                # Ctrl-C reaches the command that started it, which then ends it in order.
                start_new_session=True,
            )

    @property
    def program(self) -> list[str]:
        """The words that start the server, with `environment`."""
        server = [sys.executable, "-m", "prefect", "server", "start"]
        return [*server, "--host", "127.0.0.1", "--port", str(self.port)]

    def answers(self) -> bool:
        """Whether the server is there."""
        try:
            with urllib.request.urlopen(f"{self.address}/health", timeout=2):  # noqa: S310 - loopback http
                return True
        except (urllib.error.URLError, OSError):
            return False

    def environment(self) -> dict[str, str]:
        """What a process has to have in its environment to use this server."""
        return {
            "PREFECT_HOME": str(self.folder),
            "PREFECT_API_URL": self.address,
            "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
            # The server would report home; nothing here speaks to anything but loopback.
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
            "DO_NOT_TRACK": "1",
            # Who holds a place among runs that go one at a time is known after a restart of the server too.
            "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
        }

    def wait(self) -> None:
        """Returns when the server answers; raises PrefectUnreachableError where it ends or takes too long."""
        assert self._process is not None, "start() comes first"
        give_up = time.monotonic() + _PATIENCE
        while time.monotonic() < give_up:
            if self._process.poll() is not None:
                raise PrefectUnreachableError(
                    f"it ended with {self._process.returncode}", advice=f"Its log is {self.log}"
                )
            if self.answers():
                return
            time.sleep(0.2)
        raise PrefectUnreachableError(
            f"it did not answer in {_PATIENCE:.0f} s", advice=f"Its log is {self.log}"
        )

    def stop(self) -> None:
        """Ends the server, by force where it does not end by itself."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None


@contextmanager
def local_prefect(folder: Path) -> Iterator[LocalPrefect]:
    """A started server, ended at the end of the block."""
    server = LocalPrefect(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def free_port() -> int:
    """A port of loopback that nobody listens on just now."""
    return free_ports(1)[0]


def free_ports(number: int) -> list[int]:
    """So many of them, each another."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(number)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]


def port_is_free(port: int) -> bool:
    """Whether a server could listen on this port of loopback."""
    with socket.socket() as probe:
        # As servers do: what an earlier one's connections left behind is no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
