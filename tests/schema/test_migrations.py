"""Migrations: replayed they give `schema.sql`, at once from two processes they run once, a newer schema is told."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from finews.schema.database import Database
from finews.schema.dump import SCHEMA_FILE, dumped_schema
from finews.schema.errors import DatabaseUnreachableError
from finews.schema.migrate import HEAD, MIGRATIONS
from finews.schema.settings import Settings
from tests.databases import Server


def test_the_schema_file_is_what_the_migrations_make(server: Server) -> None:
    with server.database() as address:
        _, _, written = SCHEMA_FILE.read_text(encoding="utf-8").partition("\n\n")
        assert dumped_schema(address) == written, "run `make schema`"


def test_head_is_the_newest_migration() -> None:
    names = sorted(path.stem for path in (MIGRATIONS / "versions").glob("*.py"))
    assert names[-1].partition("_")[0] == HEAD
    assert [path.stem for path in sorted((MIGRATIONS / "versions").glob("*.sql"))] == names


def test_processes_that_start_at_once_migrate_once(server: Server) -> None:
    with server.database(empty=True) as address, ThreadPoolExecutor(4) as threads:

        def opened(_: int) -> int:
            with (
                Database(Settings.load(database_url=address)) as database,
                database.transaction() as connection,
            ):
                row = connection.execute("select count(*) from articles").fetchone()
                assert row is not None
                return int(row[0])

        assert list(threads.map(opened, range(4))) == [0] * 4


def test_a_schema_from_the_future_is_told(server: Server) -> None:
    with server.database() as address:
        with psycopg.connect(address) as connection:
            connection.execute("update alembic_version set version_num = '9999'")
        with (
            pytest.raises(DatabaseUnreachableError, match=re.escape("revision 9999")),
            Database(Settings.load(database_url=address)),
        ):
            pass
