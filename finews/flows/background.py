"""Long work that somebody asks for and does not wait for: the command line, as a process of its own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, Final

from finews.flows.worker_program import worker_environment
from finews.schema.database import Database
from finews.schema.errors import BackgroundError
from finews.schema.ledger import newest_run, run_of_process
from finews.schema.settings import Settings
from finews.schema.ui_settings import CONSOLE_SECRETS

_PATIENCE: Final = 20.0
"""Seconds in which a command has written itself into the ledger, unless it only waits for something."""
_BETWEEN_LOOKS: Final = 0.1


@dataclass(frozen=True, kw_only=True)
class Begun:
    """A command under way. `run` is its number in the ledger; None where it has not begun one yet, or needs none."""

    pid: int
    run: int | None


def begin(database: Database, settings: Settings, words: Sequence[str], *, who: str) -> Begun:
    """Starts `finews WORDS` in somebody's name, and returns once the ledger has its run or it has ended well.

    It goes on when this process ends. Raises BackgroundError, with the command's own words, where it ends badly
    before that.
    """
    given = os.environ | settings.environment() | {"FINEWS_OPERATOR": who}
    given = {name: value for name, value in given.items() if name not in CONSOLE_SECRETS}
    with database.transaction() as connection:
        before = newest_run(connection)
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "finews.flows.command_line", *words, "--json"],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.DEVNULL,
            env=worker_environment(settings, given),
            start_new_session=True,
        )
        # Whoever starts a process has to wait for it some time, or its number stays taken.
        threading.Thread(target=process.wait, daemon=True).start()
        return Begun(pid=process.pid, run=_run_of(database, process, before, words, said))


def _run_of(
    database: Database, process: subprocess.Popen[bytes], before: int, words: Sequence[str], said: IO[bytes]
) -> int | None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        over = process.poll() is not None
        with database.transaction() as connection:
            run = run_of_process(connection, socket.gethostname(), process.pid, after=before)
        if run is not None:
            return run
        if over:
            # 1 is trouble with single articles, which their own pages tell.
            if process.returncode not in (0, 1):
                raise BackgroundError(f"finews {words[0]}: {_words(said)}")
            return None
        time.sleep(_BETWEEN_LOOKS)
    return None


def _words(said: IO[bytes]) -> str:
    said.seek(0)
    try:
        return str(json.loads(said.read())["message"])
    except (ValueError, KeyError, TypeError):
        return "it ended without a word; run it by hand to see more"
