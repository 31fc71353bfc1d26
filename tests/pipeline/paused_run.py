"""Runs `finews` and stops at its n-th transactions until it is told to go on: `paused_run WHERE N,N… ARGUMENT…`.

`WHERE` is where in a transaction: `before` its commit, `after` it, or `unheard`: after it, too, but whatever has
happened to the connection meanwhile is told to the run as if the commit had failed. It says `paused` on standard
error, and goes on when a line comes on standard input.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from psycopg import Connection

from finews.flows import command_line
from finews.schema.database import Database
from tests.pipeline.killed_run import in_small_batches

WHERE = ("before", "after", "unheard")


def pausing(where: str, numbers: list[int], pause: Callable[[Database], None]) -> Callable[[Database], Any]:
    """`Database.transaction`, which calls `pause` in the transactions with these numbers, counted from one."""
    transaction = Database.transaction
    passed = [0]

    @contextmanager
    def wrapped(self: Database, **given: Any) -> Iterator[Connection[tuple[Any, ...]]]:
        passed[0] += 1
        hit = passed[0] in numbers
        with transaction(self, **given) as connection:
            yield connection
            if hit and where == "before":
                pause(self)
            if hit and where == "unheard":
                connection.commit()
                pause(self)
                connection.execute("select 1")
        if hit and where == "after":
            pause(self)

    return wrapped


def _wait(_database: Database) -> None:
    sys.stderr.write("paused\n")
    sys.stderr.flush()
    sys.stdin.readline()


def main() -> None:
    """See above."""
    where, numbers, *arguments = sys.argv[1:]
    wrapped: Any = pausing(where, [int(each) for each in numbers.split(",")], _wait)
    Database.transaction = wrapped  # type: ignore[method-assign]
    in_small_batches()
    sys.argv = ["finews", *arguments]
    command_line.main()


if __name__ == "__main__":
    main()
