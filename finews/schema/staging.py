"""Rows on their way into a table: COPY into a temporary table of the connection, then one statement over it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from psycopg import Connection, sql


def stage(
    connection: Connection[Any], name: str, columns: Mapping[str, str], rows: Iterable[Sequence[object]]
) -> None:
    """Fills the temporary table `name` (columns: name → PostgreSQL type) with `rows` for this transaction."""
    table = sql.Identifier(name)
    definition = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(column), sql.SQL(kind)) for column, kind in columns.items()
    )
    # In a temporary schema of its own connection: no other session sees it, and it empties by itself.
    if connection.execute("select to_regclass(%s) is null", [f"pg_temp.{name}"]).fetchone() == (True,):
        connection.execute(
            sql.SQL("create temp table {} ({}) on commit delete rows").format(table, definition)
        )
    else:
        # It is empty, but for one that is filled twice in a transaction; a truncate would make a new file each time.
        connection.execute(sql.SQL("delete from {}").format(table))
    copy(connection, name, columns, rows)


def copy(
    connection: Connection[Any], table: str, columns: Mapping[str, str], rows: Iterable[Sequence[object]]
) -> None:
    """COPYs `rows` into `table` in binary; `columns` gives the order and the PostgreSQL types."""
    names = sql.SQL(", ").join(sql.Identifier(column) for column in columns)
    statement = sql.SQL("copy {} ({}) from stdin (format binary)").format(sql.Identifier(table), names)
    with connection.cursor() as cursor, cursor.copy(statement) as sink:
        sink.set_types([kind.split("(")[0] for kind in columns.values()])
        for row in rows:
            sink.write_row(row)
