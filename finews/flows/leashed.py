"""A program on a leash, as its parent sees it: nothing of it outlives the parent, however that ends."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from finews.flows.leash_mark import MARK, end_marked
from finews.flows.worker_program import PROJECT

_BEYOND_GRACE: Final = 30.0
"""Seconds after its program's grace in which a leash has to be done."""


class Leashed:
    """A started program. `kept` are descriptors that live as long as anything of it does."""

    def __init__(
        self,
        program: Sequence[str],
        *,
        environment: Mapping[str, str],
        log: Path | None,
        grace: float,
        children_first: bool = False,
        kept: Sequence[int] = (),
    ) -> None:
        """What the program says goes to the file `log`, else to standard error."""
        self._mark, self._grace = secrets.token_hex(8), grace
        theirs, self._lifeline = os.pipe()
        order = "children" if children_first else "program"
        words = [str(theirs), str(log or "-"), str(grace), order, *program]
        paths = os.pathsep.join(filter(None, [str(PROJECT), environment.get("PYTHONPATH")]))
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "finews.flows.leash", *words],
                pass_fds=[theirs, *kept],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=None if log is None else subprocess.DEVNULL,
                env={**environment, "PYTHONPATH": paths, MARK: self._mark},
                # Ctrl-C is for the parent, which ends things in their order.
                start_new_session=True,
            )
        finally:
            os.close(theirs)

    @property
    def ended(self) -> int | None:
        """Its exit status where it is over."""
        return self._process.poll()

    def ask(self) -> None:
        """Asks it to end; each further time it is given less patience."""
        if self.ended is None:
            with suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGTERM)

    def wait(self, seconds: float) -> bool:
        """Waits for its end so long; tells whether it is over."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        return self.ended is not None

    def end(self) -> None:
        """Ends it and all that it started, in bounded time; an interrupt meanwhile leaves it less patience."""
        self.ask()
        until = time.monotonic() + self._grace + _BEYOND_GRACE
        while self.ended is None and time.monotonic() < until:
            try:
                self.wait(0.2)
            except KeyboardInterrupt:
                self.ask()
        self.clear()

    def clear(self) -> None:
        """Kills what is left of it: its leash did not end by itself."""
        if self.ended is None:
            self._process.kill()
            self._process.wait()
        end_marked(signal.SIGKILL, self._mark)
        if self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1
