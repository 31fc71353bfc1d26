"""One service a data folder: a lock that all of its processes hold, and a note of who it is."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import psutil

from finews.flows.file_lock import file_lock
from finews.schema.errors import AlreadyUpError, BusyError, RequestError

_PATIENCE: Final = 90.0
"""Seconds in which the processes of a killed service are gone."""


class ServiceLock:
    """The lock of a data folder; `kept` is what each process of the service keeps."""

    def __init__(self, descriptor: int, note: Path) -> None:
        self.kept = [descriptor]
        self._note = note

    def tell(self, **more: Any) -> None:
        """Notes who has the lock, and where what can be seen."""
        known = {"pid": os.getpid(), "born": psutil.Process().create_time(), "since": time.time()}
        beside = self._note.with_suffix(".new")
        beside.write_text(json.dumps(known | more, ensure_ascii=False), encoding="utf-8")
        beside.replace(self._note)


@contextmanager
def only_service(home: Path, say: Callable[[str], None]) -> Iterator[ServiceLock]:
    """Holds the lock of a data folder. Raises AlreadyUpError, which says who has it.

    Where a killed service is still coming to its end, that is waited for. Raises BusyError where it does not come.
    """
    note, lock = home / "up.json", home / "up.lock"
    try:
        home.mkdir(parents=True, exist_ok=True)
        lock.touch()
    except OSError as error:
        raise RequestError(f"{home} cannot be used ({error.strerror})", advice="Set FINEWS_HOME") from error
    with ExitStack() as stack:
        try:
            held = stack.enter_context(file_lock(lock, seconds=0, busy=""))
        except BusyError:
            if told := _who(note):
                raise AlreadyUpError(told, advice="Ctrl-C ends it there") from None
            say("an earlier one was killed, and what it left is coming to its end …")
            busy = f"what an earlier `finews up` left in {home} does not end"
            held = stack.enter_context(file_lock(lock, seconds=_PATIENCE, busy=busy))
        found = ServiceLock(held, note)
        found.tell()
        try:
            yield found
        finally:
            note.unlink(missing_ok=True)


def _who(note: Path) -> str:
    """`process 4711 since …, http://…`; empty where that one is not there any more."""
    with suppress(OSError, ValueError, KeyError, TypeError, psutil.Error):
        told = json.loads(note.read_text(encoding="utf-8"))
        if abs(psutil.Process(told["pid"]).create_time() - told["born"]) < 1:
            since = datetime.fromtimestamp(told["since"]).astimezone()
            known = [("console", told.get("console")), ("Prefect", told.get("prefect"))]
            where = "".join(f", {what} at {address}" for what, address in known if address)
            return f"process {told['pid']} since {since:%Y-%m-%d %H:%M:%S}{where}"
    return ""
