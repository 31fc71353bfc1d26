"""The whole service on one machine: database, console, Prefect server, schedules, a worker, under one process."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from finews.flows.held_database import HeldDatabase
from finews.flows.listening import console_place
from finews.flows.local_prefect import LocalPrefect, port_is_free
from finews.flows.service_lock import ServiceLock
from finews.flows.service_part import Part
from finews.flows.service_watch import EndedRuns
from finews.flows.ui_command import console_program
from finews.flows.worker_program import deploying_worker_program, worker_environment
from finews.schema.database import Database, shown_address
from finews.schema.errors import PrefectUnreachableError, RequestError
from finews.schema.settings import Settings
from finews.schema.ui_settings import CONSOLE_SECRETS

POOL: Final = "finews"
_BETWEEN_LOOKS: Final = 1.0
_SERVER_PATIENCE: Final = 180.0
_SERVER_GRACE: Final = 10.0
_WORKER_GRACE: Final = 20.0
"""Seconds that a worker's flows have to come to their end by themselves."""

Programs = Mapping[str, Sequence[str]]
"""Name → words: further programs of the service, such as a demo's newsroom."""
Say = Callable[[str], None]


def run_service(
    settings: Settings,
    lock: ServiceLock,
    *,
    beside: Programs,
    say: Say,
    show: Callable[[Mapping[str, str]], None],
) -> None:
    """Runs the service until it is interrupted, and ends all of it in order.

    `show` is given the addresses once all is up. Raises what a first start meets: PrefectUnreachableError, and
    what the database raises.
    """
    with ExitStack() as stack:
        # The stack ends all of it in order, however this comes to its end.
        service = Service(settings, lock, beside, say, stack)
        try:
            service.start()
            show(service.addresses)
            service.watch()
        except KeyboardInterrupt:
            say("stopping: what is under way comes to its end (Ctrl-C again: at once) …")
    say("all of it is stopped")


class Service:
    """The parts of the service, what they need, and what is told of them."""

    def __init__(
        self, settings: Settings, lock: ServiceLock, beside: Programs, say: Say, stack: ExitStack
    ) -> None:
        self.settings, self._lock, self._say, self._stack = settings, lock, say, stack
        self._beside = beside
        self._parts: list[Part] = []
        self._held: HeldDatabase | None = None
        self._logs = settings.data / "logs"
        self.addresses: dict[str, str] = {}

    def start(self) -> None:
        """Starts one after the other; what has to be there for the next is waited for."""
        settings = self.settings
        if settings.up_port and not port_is_free(settings.up_port):
            raise RequestError(
                f"port {settings.up_port} is taken", advice="Set FINEWS_UP_PORT to another one, or to 0"
            )
        self._make(self._logs)
        kept = self._hold_database()
        database = self._stack.enter_context(Database(settings))
        prefect = LocalPrefect(settings.data / "prefect", settings.up_port)
        self._make(prefect.folder)
        # Whatever is configured for another Prefect is not for this one.
        plain = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
        given = worker_environment(settings, plain) | prefect.environment()
        port, console = console_place(database, settings)
        if not getattr(settings, "ui_address", ""):
            given["FINEWS_UI_ADDRESS"] = console
        # Nobody but the console has to know its passwords.
        environment = {name: value for name, value in given.items() if name not in CONSOLE_SECRETS}
        self._begin(
            Part(
                "console",
                console_program("--port", str(port)),
                environment=given,
                logs=self._logs,
                grace=_SERVER_GRACE,
                kept=kept,
            )
        )
        for name, program in self._beside.items():
            self._begin(Part(name, program, environment=environment, logs=self._logs, grace=5, kept=kept))
        self._say("waiting for the Prefect server (some ten seconds) …")
        server = Part(
            "prefect",
            prefect.program,
            environment=environment,
            logs=self._logs,
            grace=_SERVER_GRACE,
            kept=kept,
        )
        self._begin(server)
        self._wait_for(prefect, server)
        self._begin(
            Part(
                "worker",
                deploying_worker_program(POOL, name=socket.gethostname()),
                environment=environment,
                logs=self._logs,
                grace=_WORKER_GRACE,
                children_first=True,
                kept=kept,
            )
        )
        self.addresses |= {
            "console": console,
            "Prefect": prefect.address.removesuffix("/api"),
            "database": shown_address(database.address)
            if settings.database_url
            else f"embedded, in {settings.data / 'postgres'}",
            "site": str(settings.site),
            "logs": str(self._logs),
        }
        self._lock.tell(console=console, prefect=self.addresses["Prefect"])
        self._ended = EndedRuns(database, self._say)

    def watch(self) -> None:
        """Tells what happens, and starts again what dies; ends with an interrupt only."""
        while True:
            looks = [*([self._held.look()] if self._held else []), *(each.look() for each in self._parts)]
            for words in filter(None, looks):
                self._say(words)
            self._ended.tell()
            time.sleep(_BETWEEN_LOOKS)

    def _hold_database(self) -> list[int]:
        """Holds the embedded database open where it is the one; returns what each part has to keep."""
        if self.settings.database_url is not None:
            return self._lock.kept
        self._held = HeldDatabase(self.settings.data, kept=self._lock.kept)
        self._stack.callback(self._held.end)
        self._held.start()
        return self._held.kept

    def _begin(self, part: Part) -> None:
        self._parts.append(part)
        self._stack.callback(part.end)
        part.start()

    def _wait_for(self, prefect: LocalPrefect, server: Part) -> None:
        give_up = time.monotonic() + _SERVER_PATIENCE
        while not prefect.answers():
            if not server.alive or time.monotonic() > give_up:
                how = "it does not answer" if server.alive else "it ended"
                raise PrefectUnreachableError(how, advice=f"Its log is {server.log}")
            time.sleep(0.2)

    @staticmethod
    def _make(folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RequestError(
                f"{folder} cannot be made ({error.strerror})", advice="Set FINEWS_HOME"
            ) from error
