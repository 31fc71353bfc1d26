"""A schema of ours without a row in it: how it is known from a database in use, and how it makes way for a backup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from psycopg import Connection, sql

from finews.schema.dump import SCHEMA_FILE

_MADE: Final = re.compile(r"^CREATE (?:UNLOGGED |MATERIALIZED )?([A-Z]+) public\.(\w+)", re.MULTILINE)
_NOTES_ITSELF: Final = "alembic_version"
"""The one table that has a row from the beginning."""


def way_for_a_backup(connection: Connection[Any]) -> str | None:
    """SQL after which the database is empty, for the transaction that then fills it; empty where it is already.

    None where there is anything else than our schema, or a row in it. The SQL looks for rows once more and keeps
    everybody out: it fails where there are some by then.
    """
    names, functions = _made("TABLE", "SEQUENCE", "VIEW"), _made("FUNCTION")
    there = connection.execute(
        """
        select n.nspname, c.relname, c.relkind::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg\\_%'
          and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
          and not exists (select from pg_depend d
                          where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype in ('e', 'i', 'a'))
        order by 2
        """
    ).fetchall()
    if any(schema != "public" or name not in names for schema, name, _ in there):
        return None
    tables = [name for _, name, kind in there if kind in "rp" and name != _NOTES_ITSELF]
    if not there:
        return ""
    holds_rows = sql.SQL(" or ").join(
        sql.SQL("exists (select from {})").format(sql.Identifier("public", name)) for name in tables
    )
    row = connection.execute(sql.SQL("select {}").format(holds_rows)).fetchone() if tables else (False,)
    assert row is not None
    if row[0]:
        return None
    return _clearing(connection, tables, holds_rows, [(name, kind) for _, name, kind in there], functions)


def _made(*kinds: str) -> frozenset[str]:
    """What the migrations make of these kinds, as the dump of the newest schema has it."""
    text = SCHEMA_FILE.read_text(encoding="utf-8")
    return frozenset(name for kind, name in _MADE.findall(text) if kind in kinds)


def _clearing(
    connection: Connection[Any],
    tables: Sequence[str],
    holds_rows: sql.Composable,
    there: Iterable[tuple[str, str]],
    functions: Iterable[str],
) -> str:
    kinds = {"S": "sequence", "v": "view", "m": "materialized view"}
    statements: list[sql.Composable] = [sql.SQL("set local lock_timeout = '10s'")]
    if tables:
        statements += [
            sql.SQL("lock table {} in access exclusive mode").format(
                sql.SQL(", ").join(sql.Identifier("public", name) for name in tables)
            ),
            sql.SQL(
                "do $$ begin if {} then raise 'somebody has begun to use the database'; end if; end $$"
            ).format(holds_rows),
        ]
    statements += [
        sql.SQL("drop {} if exists {} cascade").format(
            sql.SQL(kinds.get(kind, "table")), sql.Identifier("public", name)
        )
        for name, kind in there
    ]
    gone = connection.execute(
        """
        select format('drop function %%s', oid::regprocedure) from pg_proc
        where pronamespace = 'public'::regnamespace and proname = any(%s)
        """,
        [list(functions)],
    )
    words = [*(each.as_string(connection) for each in statements), *(each for (each,) in gone)]
    return "".join(f"{each};\n" for each in words)
