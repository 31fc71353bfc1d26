"""Session locks: an advisory lock lives as long as the connection that holds it, and can be taken anew on another."""

from __future__ import annotations

import select
from collections.abc import Callable
from typing import Any, Final, LiteralString, TypeVar

import psycopg
from psycopg import Connection

T = TypeVar("T")

_KEPT: Final = 2
"""Connections that wait for the next lock: a run holds its slot and its sign of life."""


class LockConnections:
    """Connections for locks alone, one a lock at a time; some stay open for the next one, for opening one is dear."""

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo
        self._idle: list[Connection[tuple[Any, ...]]] = []
        self._closed = False

    def new(self) -> Connection[tuple[Any, ...]]:
        """A connection that was just opened."""
        # A lock is one statement, which needs no transaction around it.
        return psycopg.connect(self._conninfo, autocommit=True)

    def kept(self) -> Connection[tuple[Any, ...]] | None:
        """One that another lock has left, unless the server has ended it; None where there is none."""
        while self._idle:
            connection = self._idle.pop()
            if not connection.closed and not _has_been_told(connection):
                return connection
            connection.close()
        return None

    def keep(self, connection: Connection[tuple[Any, ...]]) -> None:
        """Takes back a connection that holds no lock any more."""
        if self._closed or len(self._idle) >= _KEPT:
            connection.close()
        else:
            self._idle.append(connection)

    def drop(self) -> None:
        """Closes those that wait."""
        while self._idle:
            self._idle.pop().close()

    def close(self) -> None:
        """Closes those that wait, and from now on each that is given back."""
        self._closed = True
        self.drop()


class SessionLock:
    """An advisory lock and the connection that is its alone, until `close`."""

    def __init__(self, connections: LockConnections, key: LiteralString) -> None:
        """`key` is the two integers of the lock in SQL, with one placeholder for the name that `take` is given."""
        self._connections = connections
        self._statement: LiteralString = f"select pg_try_advisory_lock({key})"
        self._name: object = None
        self._had = self._ours = False
        kept = connections.kept()
        self._used_before = kept is not None
        self._connection = kept or connections.new()

    def take(self, name: object) -> bool:
        """Tries to take the lock; tells whether it is ours."""
        row = self._first(lambda connection: connection.execute(self._statement, [name]).fetchone())
        return self._note(name, ours=row == (True,))

    def take_by(self, statement: Callable[[Connection[Any]], int]) -> int:
        """Has the lock taken by another statement, on the lock's connection, which returns the name; returns that."""
        name = self._first(statement)
        self._note(name, ours=True)
        return name

    def keep(self) -> bool:
        """Takes a lock that was ours anew where its connection was lost; false where somebody else has it by now.

        Raises what the driver raises where the database does not answer.
        """
        if not self._had:
            return True
        if self._answers():
            return self._ours or self.take(self._name)
        self._ours = False
        self._renew()
        return self.take(self._name)

    def close(self) -> None:
        """Gives the lock back, at once; the connection is kept for another one where nothing is wrong with it."""
        try:
            self._connection.execute("select pg_advisory_unlock_all()")
        except psycopg.Error:
            # The session is gone, and the lock with it; what is left of it is not to be used again.
            self._connection.close()
        except BaseException:
            self._connection.close()
            raise
        else:
            self._connections.keep(self._connection)

    def _first(self, work: Callable[[Connection[Any]], T]) -> T:
        """What `work` makes of the connection; where that is an old one and is lost, of a new one."""
        used_before, self._used_before = self._used_before, False
        try:
            return work(self._connection)
        except (psycopg.OperationalError, psycopg.InterfaceError):
            if not used_before or not self._connection.closed:
                raise
        # That it was ended while nobody used it says nothing of the database as it is now.
        self._renew()
        return work(self._connection)

    def _note(self, name: object, *, ours: bool) -> bool:
        self._name, self._ours = name, ours
        self._had |= ours
        return ours

    def _renew(self) -> None:
        self._connection.close()
        self._connection = self._connections.new()

    def _answers(self) -> bool:
        try:
            self._connection.execute("select")
        except psycopg.Error:
            return False
        return True


def _has_been_told(connection: Connection[Any]) -> bool:
    """Whether the server has said something unasked, as it does when it ends a session; costs no question."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))
