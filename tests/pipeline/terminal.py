"""A command on a terminal: what it shows to somebody who types."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

from tests.pipeline.desk import Desk


def on_a_terminal(desk: Desk, *arguments: str, typed: str = "") -> tuple[str, int]:
    """What a command shows on a terminal where this line is typed, and its exit status."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "finews.flows.command_line", *arguments],
        env=desk.environment(TERM="xterm-256color", COLUMNS="160"),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    os.write(ours, f"{typed}\n".encode())
    shown = b""
    try:
        while chunk := os.read(ours, 65536):
            shown += chunk
    except OSError:
        # The other end was closed: the process has ended.
        pass
    os.close(ours)
    return shown.decode(), process.wait(60)
