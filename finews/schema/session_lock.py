"""Session locks: an advisory lock lives as long as the connection that holds it, and can be taken anew on another."""

from __future__ import annotations

from typing import Any, LiteralString

import psycopg
from psycopg import Connection


class SessionLock:
    """An advisory lock and the connection that is kept for it alone, until `close`."""

    def __init__(self, conninfo: str, key: LiteralString) -> None:
        """`key` is the two integers of the lock in SQL, with one placeholder for the name that `take` is given."""
        self._conninfo = conninfo
        self._statement: LiteralString = f"select pg_try_advisory_lock({key})"
        self._name: object = None
        self._had = self._ours = False
        self.connection: Connection[tuple[Any, ...]] = psycopg.connect(conninfo)

    def take(self, name: object) -> bool:
        """Tries to take the lock and commits; tells whether it is ours."""
        row = self.connection.execute(self._statement, [name]).fetchone()
        self.connection.commit()
        self._name, self._ours = name, row == (True,)
        self._had |= self._ours
        return self._ours

    def keep(self) -> bool:
        """Takes a lock that was ours anew where its connection was lost; false where somebody else has it by now.

        Raises what the driver raises where the database does not answer.
        """
        if not self._had:
            return True
        if self._answers():
            return self._ours or self.take(self._name)
        self._ours = False
        self.connection.close()
        self.connection = psycopg.connect(self._conninfo)
        return self.take(self._name)

    def close(self) -> None:
        """Gives the lock back, at once, and the connection."""
        try:
            self.connection.rollback()
            self.connection.execute("select pg_advisory_unlock_all()")
            self.connection.commit()
        except psycopg.Error:
            # The session is gone, and the lock with it.
            pass
        self.connection.close()

    def _answers(self) -> bool:
        try:
            self.connection.execute("select")
            self.connection.commit()
        except psycopg.Error:
            return False
        return True
