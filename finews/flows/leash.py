"""A leash: runs a program for a parent, and ends it with all that it started when the parent is gone.

`python -m finews.flows.leash FD LOG GRACE ORDER PROGRAM…`: FD is a pipe's end to read from, which closes when the
parent ends, however it does; LOG a file for what the program says, `-` for standard error. SIGTERM begins the end, and
each further one shortens it. With ORDER `program` the program is asked to end, and has GRACE seconds. With `children`
it is halted first, since a worker that is asked kills its flows: these have GRACE seconds to come to their end, and
are then asked, before the program is. At last all is killed. Passwords in what is said are left out.
"""

from __future__ import annotations

import logging
import logging.handlers
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Final
from urllib.parse import unquote, urlsplit

import psutil

from finews.flows.leash_mark import end_marked
from finews.flows.program import without_secrets

_LOG_BYTES: Final = 5_000_000
_LOGS_KEPT: Final = 2
_PASSWORD: Final = re.compile(
    r"\b(?:(?:ssl)?password|oauth_client_secret|scram_\w+_key)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|([^'\s&]+))"
)
_BETWEEN: Final = re.compile(r"[\s,;]+(?=[A-Za-z][A-Za-z0-9+.-]*://)")
"""Between two addresses, as FINEWS_ALERTS_TO has them."""
_GRACE_OF_THE_REST: Final = 8.0
"""Seconds that what a program started has to end after it was asked."""


def main(arguments: Sequence[str]) -> int:
    """Returns the program's exit status, 128 and its signal where one ended it."""
    lifeline, log, grace, order, *program = arguments
    write = _scrubbed(_handler(log), os.environ)
    leash = Leash(int(lifeline), write, float(grace), children_first=order == "children")
    return leash.run(program)


class Leash:
    """A program on a leash; `run` returns when nothing of it is left."""

    def __init__(
        self, lifeline: int, write: Callable[[bytes], None], grace: float, *, children_first: bool
    ) -> None:
        self._lifeline = lifeline
        self._write = write
        self._grace = grace
        self._children_first = children_first
        self._hurried, self._orphaned = 0, False
        # A signal has to end the waiting below: it writes a byte here.
        self._wake, wake = os.pipe()
        for end in (self._wake, wake):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(wake)
        # What a terminal sends is for the parent, which says here what is to be done.
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
            # Not ignored: that would be inherited, and an interrupt is how a worker is asked to end.
            signal.signal(number, lambda *_: None)
        signal.signal(signal.SIGTERM, self._hurry)

    def run(self, program: Sequence[str]) -> int:
        """Runs the program until it ends, or the parent does; returns its exit status."""
        self._process = subprocess.Popen(
            program,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert self._process.stdout is not None
        self._out: int | None = self._process.stdout.fileno()
        os.set_blocking(self._out, False)
        while self._process.poll() is None and not self._hurried:
            self._wait(None)
        self._stop()
        end_marked(signal.SIGKILL)
        self._read()
        status = self._process.wait()
        return 128 - status if status < 0 else status

    def _stop(self) -> None:
        """Ends the program and what it started, each stage at its time, or at once when somebody is in a hurry."""
        if self._children_first and self._process.poll() is None:
            self._process.send_signal(signal.SIGSTOP)
            if not self._orphaned:
                # A killed parent takes along what the flows need: then they are asked at once.
                self._give(self._grace, lambda: not self._children())
            for child in self._children():
                with suppress(psutil.Error):
                    child.terminate()
            self._give(_GRACE_OF_THE_REST, lambda: not self._children())
            self._process.terminate()
            self._process.send_signal(signal.SIGCONT)
            self._give(_GRACE_OF_THE_REST, lambda: self._process.poll() is not None)
        elif self._process.poll() is None:
            self._process.terminate()
            self._give(self._grace, lambda: self._process.poll() is not None)
        end_marked(signal.SIGTERM)
        self._give(_GRACE_OF_THE_REST, lambda: self._process.poll() is not None and not end_marked(None))

    def _give(self, seconds: float, done: Callable[[], bool]) -> None:
        """Waits until it is done, so long at most, and no longer when a signal comes."""
        until, hurried = time.monotonic() + seconds, self._hurried
        while not done() and self._hurried == hurried and (left := until - time.monotonic()) > 0:
            self._wait(min(left, 0.2), heed_lifeline=False)

    def _children(self) -> list[psutil.Process]:
        """The program's children that have not ended; a halted program takes no notice of those that have."""
        with suppress(psutil.Error):
            return [
                child
                for child in psutil.Process(self._process.pid).children()
                if child.status() != psutil.STATUS_ZOMBIE
            ]
        return []

    def _wait(self, seconds: float | None, *, heed_lifeline: bool = True) -> None:
        """Returns when the program said something, a signal came, or the parent is gone."""
        ends = [self._wake, *([self._out] if self._out is not None else [])]
        ready, _, _ = select.select([*ends, *([self._lifeline] if heed_lifeline else [])], [], [], seconds)
        if self._wake in ready:
            with suppress(BlockingIOError):
                os.read(self._wake, 4096)
        if self._out in ready:
            self._read()
        if self._lifeline in ready:
            self._orphaned, self._hurried = True, self._hurried + 1

    def _read(self) -> None:
        while self._out is not None:
            try:
                said = os.read(self._out, 65536)
            except BlockingIOError:
                return
            self._write(said)
            if not said:
                self._out = None

    def _hurry(self, *_: object) -> None:
        self._hurried += 1


def _handler(log: str) -> logging.Handler:
    """Writes lines to a file that begins anew when it is long, or to standard error."""
    if log == "-":
        return logging.StreamHandler(sys.stderr)
    # A full disk is no reason to end what runs.
    logging.raiseExceptions = False
    return logging.handlers.RotatingFileHandler(
        log, maxBytes=_LOG_BYTES, backupCount=_LOGS_KEPT, encoding="utf-8"
    )


def _scrubbed(to: logging.Handler, environment: Mapping[str, str]) -> Callable[[bytes], None]:
    """Writes whole lines without the passwords that stand in addresses, or in this environment's."""
    known = passwords_of(environment)
    begun = b""

    def take(said: bytes) -> None:
        nonlocal begun
        *lines, begun = (begun + said).split(b"\n")
        if not said and begun:
            lines, begun = [begun], b""
        for line in lines:
            text = without_secrets(line.decode("utf-8", "replace"))
            for each in known:
                text = text.replace(each, "***")
            to.emit(logging.makeLogRecord({"msg": text}))

    return take


def passwords_of(environment: Mapping[str, str]) -> list[str]:
    """The passwords in the addresses of an environment, as they are written and as they are meant."""
    found: set[str] = set()
    for value in environment.values():
        for address in _BETWEEN.split(value):
            with suppress(ValueError):
                if "://" in address and (password := urlsplit(address).password):
                    found |= {password, unquote(password)}
        found.update(quoted or plain for quoted, plain in _PASSWORD.findall(value))
    # A word as short as this would only be shown to be the password by being replaced.
    return sorted((each for each in found if len(each) > 3), key=len, reverse=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
