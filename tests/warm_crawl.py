"""Crawl processes that are forked from one that has loaded Scrapy already: most tests crawl, and would wait for that.

They are processes of their own with the same main function, pipe and environment as those that `finews` starts. Real
commands in tests start theirs as they always do.
"""

from __future__ import annotations

import gc
import json
import os
import random
import select
import signal
import socket
import subprocess
import sys
import threading
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

CRAWL = "finews.spiders.child"
_ROOT = Path(__file__).resolve().parents[1]
_LONGEST = 1 << 20


class Warm:
    """The process that crawls are forked from; started when the first is wanted, gone when this is closed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None

    def fork(self, end: int, *, environment: Mapping[str, str], quiet: bool) -> Forked:
        """A crawl process whose end of the pipe is `end`."""
        with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - a descriptor is wanted
            out = nowhere.fileno() if quiet else 1
            answer = self.ask({"environment": dict(environment)}, [end, out, 2])
        return Forked(self, int(answer["pid"]))

    def ask(self, message: Mapping[str, Any], descriptors: list[int] | None = None) -> dict[str, Any]:
        """What it answers."""
        with self._lock:
            if self._socket is None:
                self._start()
            assert self._socket is not None
            socket.send_fds(self._socket, [json.dumps(message).encode()], descriptors or [])
            found: dict[str, Any] = json.loads(self._socket.recv(_LONGEST))
            return found

    def close(self) -> None:
        """Ends it."""
        if self._socket is not None and self._process is not None:
            self._socket.close()
            self._process.wait(10)

    def _start(self) -> None:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "tests.warm_crawl", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": str(_ROOT)},
            )


class Forked:
    """What `subprocess.Popen` tells of a process that is another's child."""

    def __init__(self, warm: Warm, pid: int) -> None:
        self.pid, self.returncode = pid, None
        self._warm, self._lock = warm, threading.Lock()
        self._handle = os.pidfd_open(pid)

    returncode: int | None

    def poll(self) -> int | None:
        """How it ended; None while it runs."""
        return self._wait(0)

    def wait(self, timeout: float | None = None) -> int:
        """How it ended, waited for; raises TimeoutExpired."""
        status = self._wait(timeout)
        if status is None:
            raise subprocess.TimeoutExpired([CRAWL], timeout or 0)
        return status

    def terminate(self) -> None:
        """Asks it to end."""
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """Ends it."""
        self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        # Until its end was read, its number is nobody else's.
        if self.returncode is None:
            os.kill(self.pid, number)

    def _wait(self, timeout: float | None) -> int | None:
        with self._lock:
            if self.returncode is None and select.select([self._handle], [], [], timeout)[0]:
                status = self._warm.ask({"ended": self.pid})["status"]
                self.returncode = os.waitstatus_to_exitcode(status)
                os.close(self._handle)
            return self.returncode


def main() -> None:
    """Loads what a crawl needs, and forks until the other end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asked = socket.socket(fileno=int(sys.argv[1]))
    import finews.spiders.child
    import finews.spiders.child_work  # noqa: F401

    # What is loaded stays shared with those that are forked: no collection writes into its pages.
    gc.collect()
    gc.freeze()
    while True:
        message, descriptors, _, _ = socket.recv_fds(asked, _LONGEST, 3)
        if not message:
            return
        wish = json.loads(message)
        if "ended" in wish:
            _, status = os.waitpid(wish["ended"], 0)
            asked.send(json.dumps({"status": status}).encode())
            continue
        pid = os.fork()
        if not pid:
            asked.close()
            _crawl(wish["environment"], *descriptors)
        for each in descriptors:
            os.close(each)
        asked.send(json.dumps({"pid": pid}).encode())


def _crawl(environment: Mapping[str, str], end: int, out: int, err: int) -> NoReturn:
    status = 1
    try:
        os.dup2(out, 1)
        os.dup2(err, 2)
        os.environ.clear()
        os.environ.update(environment)
        random.seed()
        sys.argv = [CRAWL, str(end)]
        from finews.spiders.child import main as crawl

        crawl()
        status = 0
    except SystemExit as error:
        status = int(error.code or 0) if isinstance(error.code, int | None) else 1
    except BaseException:  # noqa: BLE001 - as the interpreter would end
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    main()
