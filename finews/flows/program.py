"""Programs of the system that finews calls: no terminal, no secrets, and none of them outlives an interrupt."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from finews.schema.errors import ProgramMissingError

_GRACE = 5.0
"""Seconds that a program has to clean up after itself when it is asked to end."""
_CREDENTIALS = re.compile(r"(?<=://)[^\s'\"]*@")
_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a program ended: its status (negative: a signal), and what it said."""

    status: int
    out: bytes
    err: str


def installed(name: str, *, advice: str) -> str:
    """The path of a program; raises ProgramMissingError with how to install it."""
    found = shutil.which(name)
    if found is None:
        raise ProgramMissingError(name, advice=advice)
    return found


def run_program(
    arguments: Sequence[str],
    *,
    folder: Path,
    environment: Mapping[str, str],
    given: bytes = b"",
    seconds: float | None = None,
    inherited: Sequence[int] = (),
) -> Ended:
    """Runs a program in `folder` to its end; `inherited` are file descriptors that it and its children hold too.

    It has a session of its own, so that nothing of it can ask a terminal, and all of it ends with an interrupt or
    after `seconds`. Raises TimeoutError.
    """
    with ThreadPoolExecutor(1) as beside:
        # Signals come to the main thread: in another one the start is not interrupted half way, and always known of.
        starting = beside.submit(
            subprocess.Popen,
            arguments,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.PIPE if given else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            pass_fds=tuple(inherited),
        )
        try:
            process = starting.result()
            out, err = process.communicate(given or None, timeout=seconds)
        except BaseException as error:
            if not starting.cancel() and starting.exception() is None:
                _end(starting.result())
            if isinstance(error, subprocess.TimeoutExpired):
                raise TimeoutError(f"{arguments[0]} took more than {seconds:g} s") from None
            raise
    return Ended(status=process.returncode, out=out, err=err.decode("utf-8", "replace"))


def without_secrets(text: str) -> str:
    """`text` without colours, and without user names and passwords in addresses."""
    return _CREDENTIALS.sub("***@", _COLOURS.sub("", text))


def _end(process: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=_GRACE)
            return
