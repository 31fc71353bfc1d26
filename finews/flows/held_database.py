"""The embedded database of a service, held open by a process of its own for as long as anything of the service is.

`python -m finews.flows.held_database FD HOME`: FD is a pipe's end to read from. Its other end is with the service and
with each leash, so that the database is the last to go, also where the service is killed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from finews.flows.worker_program import PROJECT
from finews.schema.embedded import embedded_server
from finews.schema.errors import FinewsError

_PATIENCE: Final = 70.0
"""Seconds that a server may take to stop."""


class HeldDatabase:
    """The holding process; `kept` is what all must keep that need the database."""

    def __init__(self, home: Path, *, kept: Sequence[int]) -> None:
        self._home, self._others = home, list(kept)
        self._theirs, self._lifeline = os.pipe()
        self.kept = [*kept, self._lifeline]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when the database is held, or could not be: then opening it says why."""
        paths = os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH")]))
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", __name__, str(self._theirs), str(self._home)],
            pass_fds=[self._theirs, *self._others],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": paths},
            start_new_session=True,
        )
        assert self._process.stdout is not None
        self._process.stdout.readline()

    def look(self) -> str:
        """Holds it again where the process died; returns words about that."""
        if self._process is None or self._process.poll() is None:
            return ""
        self.start()
        return "what held the database open died; it is held again"

    def end(self) -> None:
        """Lets it go, and waits for its end."""
        for descriptor in (self._lifeline, self._theirs):
            os.close(descriptor)
        if self._process:
            with self._process:
                try:
                    self._process.wait(_PATIENCE)
                except subprocess.TimeoutExpired:
                    self._process.kill()


def main(arguments: Sequence[str]) -> int:
    """Holds the database until the pipe ends."""
    lifeline, home = arguments
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        # Whoever needs the database says when it is not needed any more.
        signal.signal(number, lambda *_: None)
    with suppress(FinewsError), embedded_server(Path(home)):
        print("held", flush=True)  # noqa: T201 - the parent waits for it
        while os.read(int(lifeline), 1):
            pass
        return 0
    return 3


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
