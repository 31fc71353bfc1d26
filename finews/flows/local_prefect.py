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
from contextlib import contextmanager
from pathlib import Path

from finews.schema.errors import PrefectUnreachableError

_PATIENCE = 120.0


class LocalPrefect:
    """The server process; `wait()` returns when it answers, `address` is its API."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.address = f"http://127.0.0.1:{_free_port()}/api"
        self.log = folder / "server.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts the server; it is not ready yet."""
        self.folder.mkdir(parents=True, exist_ok=True)
        port = self.address.rsplit(":", 1)[1].partition("/")[0]
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", port],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=os.environ | self.environment(),
                # Ctrl-C reaches the command that started it, which then ends it in order.
                start_new_session=True,
            )

    def environment(self) -> dict[str, str]:
        """What a process has to have in its environment to use this server."""
        return {
            "PREFECT_HOME": str(self.folder),
            "PREFECT_API_URL": self.address,
            "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
            # The server would report home; nothing here speaks to anything but loopback.
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "DO_NOT_TRACK": "1",
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
            try:
                with urllib.request.urlopen(f"{self.address}/health", timeout=2):  # noqa: S310 - loopback http
                    return
            except (urllib.error.URLError, OSError):
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


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
