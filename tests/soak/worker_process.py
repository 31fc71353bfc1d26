"""The worker as the soak sees it, and the signal mask that keeps a Ctrl-C for the soak alone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

_ROOT: Final = Path(__file__).resolve().parents[2]
_PATIENCE: Final = 60.0
"""Seconds for its end once it has nothing more to do."""


class WorkerProcess:
    """Starts `tests.soak.worker` with these `FINEWS_…` settings; ends it at `__exit__`."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        self._settings = settings
        self._process: subprocess.Popen[str] | None = None

    @property
    def pid(self) -> int:
        """Process id."""
        assert self._process is not None, "the worker is not started"
        return self._process.pid

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.soak.worker"],
            env={**os.environ, "PYTHONPATH": str(_ROOT), **self._settings},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def ask(self, what: str, **more: object) -> dict[str, Any]:
        """Has it do something and waits for what came of it; RuntimeError where it is dead."""
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps({"do": what, **more}) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise RuntimeError(f"the worker died at {what!r}; its standard error says why")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> int:
        """Lets it end; returns its exit status, 0 where it was closed before."""
        process, self._process = self._process, None
        if process is None:
            return 0
        with process:
            assert process.stdin is not None
            try:
                process.stdin.close()
                return process.wait(_PATIENCE)
            except (BrokenPipeError, subprocess.TimeoutExpired):
                process.kill()
                return process.wait()


@contextmanager
def interrupts_held_back() -> Iterator[None]:
    """What is started in the block never hears a Ctrl-C, which a terminal sends to all: the soak ends it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
