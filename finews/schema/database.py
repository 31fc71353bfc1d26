"""The one door to PostgreSQL: a small pool, migrations on the way in, driver errors in the operator's words."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import Any, LiteralString, Self

import psycopg
from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import TransactionStatus
from psycopg_pool import ConnectionPool, PoolTimeout

from finews.schema.embedded import embedded_server, started_again
from finews.schema.errors import (
    DatabaseFullError,
    DatabaseLostError,
    DatabaseRefusedError,
    DatabaseUnreachableError,
    FinewsError,
    ServiceError,
)
from finews.schema.ledger import start_run
from finews.schema.migrate import bring_up_to_date
from finews.schema.secrets import without_secrets_of
from finews.schema.session_lock import LockConnections, SessionLock
from finews.schema.settings import Settings
from finews.schema.sign_of_life import SIGN_OF_LIFE
from finews.schema.slots import SLOT

_CONNECT_SECONDS = 10
_BETWEEN_LOOKS = 0.2
"""Seconds between two looks at a database that is away."""

Pool = ConnectionPool[Connection[tuple[Any, ...]]]


class Database:
    """An open database: `with Database(settings) as database: with database.transaction() as connection: …`.

    Opening starts the embedded server where no address is set, and brings the schema up to date. Raises
    DatabaseUnreachableError or EmbeddedServerError; no message shows a password. With `checked` each connection is
    tried before it is given out: for whoever cannot begin a step again, as a page.
    """

    def __init__(self, settings: Settings, *, checked: bool = False) -> None:
        self._check = ConnectionPool.check_connection if checked else None
        self._settings = settings
        self._stack = ExitStack()
        self._pool: Pool | None = None
        self._conninfo = ""
        self._lock_connections = LockConnections("")
        self._locks: list[SessionLock] = []
        self.address = ""

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            given = self._settings.database_url
            if given is None:
                self.address = stack.enter_context(embedded_server(self._settings.data))
            else:
                self.address = given.get_secret_value()
            with in_operators_words(self.address):
                conninfo = make_conninfo(
                    self.address,
                    connect_timeout=_CONNECT_SECONDS,
                    application_name="finews",
                    keepalives_idle=30,
                    client_encoding="utf8",
                )
                with psycopg.connect(conninfo, autocommit=True) as probe:
                    bring_up_to_date(probe, conninfo)
                self._conninfo = conninfo
                self._pool = self._new_pool()
                stack.callback(self._close_pool)
                self._lock_connections = LockConnections(conninfo)
                stack.callback(self._lock_connections.close)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    @contextmanager
    def transaction(
        self, *, wait: float = _CONNECT_SECONDS, single: bool = False
    ) -> Iterator[Connection[tuple[Any, ...]]]:
        """One transaction: committed at the end of the block, rolled back by an exception.

        Waits up to `wait` seconds for a connection; raises DatabaseLostError where there is none. A `single` statement
        is a transaction by itself: neither its begin nor its commit is sent.
        """
        assert self._pool is not None, "the database is not open"
        with in_operators_words(self.address, lost=True), self._pool.connection(wait) as connection:
            if not single:
                yield connection
                return
            connection.autocommit = True
            try:
                yield connection
            finally:
                # In any other state the pool lets it go.
                if connection.info.transaction_status == TransactionStatus.IDLE:
                    connection.autocommit = False

    @contextmanager
    def slot(self, kind: str) -> Iterator[bool]:
        """Holds the slot of `kind` for the block, where nobody else has it; yields whether it is ours."""
        with self._session_lock(SLOT) as lock:
            with in_operators_words(self.address, lost=True):
                ours = lock.take(kind)
            yield ours

    @contextmanager
    def living_run(
        self, kind: str, *, reason: str, flow_run: str | None, detail: Mapping[str, object] | None = None
    ) -> Iterator[int]:
        """A run of the ledger and its sign of life for the block; yields its number."""
        with self._session_lock(SIGN_OF_LIFE) as lock:
            with in_operators_words(self.address, lost=True):
                # The lock comes with the row: nobody can take a run for dead that is just beginning.
                run = lock.take_by(
                    lambda connection: start_run(
                        connection, kind, reason=reason, flow_run=flow_run, detail=detail, living=True
                    )
                )
            yield run

    def keep_locks(self) -> None:
        """Takes slots and signs of life anew where only their connections were lost.

        Raises DatabaseLostError where the database is away, or another process has the lock by now.
        """
        for lock in self._locks:
            with in_operators_words(self.address, lost=True):
                ours = lock.keep()
            if not ours:
                raise DatabaseLostError(f"{shown_address(self.address)} (another run has taken its place)")

    def come_back(self, seconds: float) -> None:
        """Waits for a database that went away, and takes slots and signs of life anew; starts an embedded server.

        Raises the ServiceError that it met last, where that takes more than `seconds`.
        """
        deadline = time.monotonic() + seconds
        self._close_pool()
        self._lock_connections.drop()
        while True:
            try:
                if self._settings.database_url is None:
                    started_again(self._settings.data)
                with in_operators_words(self.address, lost=True):
                    psycopg.connect(self._conninfo).close()
                self.keep_locks()
            except ServiceError:
                if time.monotonic() > deadline:
                    raise
            else:
                self._pool = self._new_pool()
                return
            time.sleep(_BETWEEN_LOOKS)

    def _new_pool(self) -> Pool:
        return ConnectionPool(
            self._conninfo,
            min_size=1,
            max_size=6,
            timeout=_CONNECT_SECONDS,
            open=True,
            configure=_configure,
            check=self._check,
        )

    def _close_pool(self) -> None:
        if self._pool is not None:
            self._pool.close()

    @contextmanager
    def _session_lock(self, key: LiteralString) -> Iterator[SessionLock]:
        with in_operators_words(self.address, lost=True):
            lock = SessionLock(self._lock_connections, key)
        self._locks.append(lock)
        try:
            yield lock
        finally:
            self._locks.remove(lock)
            lock.close()


def _configure(connection: Connection[Any]) -> None:
    """A batch on its way has one or two megabytes; with more at hand the server would fill it, and keep it."""
    connection.execute("set temp_buffers = '2MB'")
    connection.commit()


@contextmanager
def in_operators_words(address: str, *, lost: bool = False) -> Iterator[None]:
    """Turns what the driver says about an unreachable or failing server into our own errors."""
    try:
        yield
    except FinewsError:
        raise
    except PoolTimeout as error:
        raise DatabaseLostError(
            shown_address(address), advice="Run the command again once it is back"
        ) from error
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction) as error:
        raise DatabaseRefusedError(
            f"{shown_address(address)} ({_reason(error, address)})",
            advice="finews needs a database that it may write and make tables in",
        ) from None
    except psycopg.ProgrammingError as error:
        if error.sqlstate is not None or lost:
            raise
        raise DatabaseUnreachableError(
            "FINEWS_DATABASE_URL is not a PostgreSQL address",
            advice="Expected postgresql://user@host:port/database",
        ) from None
    except psycopg.errors.DiskFull as error:
        raise DatabaseFullError(
            f"{shown_address(address)} ({_reason(error, address)})",
            advice="Make room on the database's disk; the next run carries on",
        ) from None
    except (
        psycopg.OperationalError,
        psycopg.InterfaceError,
        psycopg.errors.IdleInTransactionSessionTimeout,
    ) as error:
        kind = DatabaseLostError if lost else DatabaseUnreachableError
        raise kind(f"{shown_address(address)} ({_reason(error, address)})") from None


def shown_address(address: str) -> str:
    """The address without its password, for messages: `postgresql://finews@db.example/finews`."""
    try:
        parts = conninfo_to_dict(address)
    except psycopg.ProgrammingError:
        return "FINEWS_DATABASE_URL"
    host = parts.get("host") or parts.get("hostaddr") or "localhost"
    port = f":{parts['port']}" if parts.get("port") else ""
    user = f"{parts['user']}@" if parts.get("user") else ""
    return f"postgresql://{user}{host}{port}/{parts.get('dbname') or ''}"


def _reason(error: BaseException, address: str) -> str:
    first = re.sub(r"\s+", " ", str(error).strip().split("\n")[0]) or type(error).__name__
    return without_secrets_of(address, first)
