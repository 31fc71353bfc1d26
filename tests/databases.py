"""Real PostgreSQL for tests: one embedded server a test process, one fresh database a test."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from finews.schema.database import Database
from finews.schema.embedded import embedded_server
from finews.schema.settings import Settings

_TEMPLATE = "finews_template"
_MEMORY = Path("/dev/shm")
_ROOM = 4 * 2**30
"""Bytes that memory has to offer, for the servers of all test processes."""


class Server:
    """A running server with a migrated database to copy from."""

    def __init__(self, address: str) -> None:
        self.address = address

    @contextmanager
    def database(self, *, empty: bool = False) -> Iterator[str]:
        """The address of a fresh database, dropped afterwards; `empty` leaves the migrations to the test."""
        name = f"test_{uuid.uuid4().hex}"
        source = "template0" if empty else _TEMPLATE
        self._run("create database {} template {}", name, source)
        try:
            yield make_conninfo(self.address, dbname=name)
        finally:
            self._run("drop database {} with (force)", name)

    def forget_the_disk(self) -> None:
        """Waits for the disk no more: that would be most of what a fresh database costs.

        Worth nothing after a crash of the machine, as all that is kept here. Servers that are killed in tests are
        others, with the settings as shipped.
        """
        for name in ("fsync", "full_page_writes"):
            self._run("alter system set {} = off", name)
        self._run("select pg_reload_conf()")

    def prepare(self) -> None:
        """Makes the migrated database that the others are copies of."""
        self._run("create database {} template {}", _TEMPLATE, "template0")
        with Database(Settings.load(database_url=make_conninfo(self.address, dbname=_TEMPLATE))):
            pass

    def _run(self, statement: str, *names: str) -> None:
        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@contextmanager
def running_server(*, durable: bool = False) -> Iterator[Server]:
    """A server in a folder of its own, stopped and removed afterwards; `durable` where something is measured."""
    # Fresh databases are copied many times a minute; what they hold is worth nothing after the test.
    place = None if durable else _in_memory()
    with (
        tempfile.TemporaryDirectory(prefix="finews-pg-", dir=place, ignore_cleanup_errors=True) as folder,
        embedded_server(Path(folder)) as address,
    ):
        server = Server(address)
        if not durable:
            server.forget_the_disk()
        server.prepare()
        yield server


def _in_memory() -> Path | None:
    """A folder in memory, None where there is none with room.

    A database is some thousand files, and for minutes after files were removed ext4 is slow at making new ones: with
    a database a test it always is.
    """
    if not (_MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM):
        return None
    return _MEMORY
