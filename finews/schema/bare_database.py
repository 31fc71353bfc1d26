"""A database as it lies there: looked at, copied or filled without the migrations that every other opening makes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from psycopg import Connection
from psycopg.conninfo import make_conninfo

from finews.schema.database import in_operators_words
from finews.schema.embedded import embedded_server
from finews.schema.migrate import revision_of
from finews.schema.records import Record
from finews.schema.settings import Settings

_CONNECT_SECONDS: Final = 10


@dataclass(frozen=True, kw_only=True)
class BareDatabase(Record):
    """Where it is, its server's major version, its schema's revision (None: not finews's), and its tables by number."""

    address: str
    version: int
    revision: str | None
    tables: int


def has_database(settings: Settings) -> bool:
    """Whether there is one to open: an address, or an embedded server's data."""
    return settings.database_url is not None or (settings.data / "postgres" / "PG_VERSION").exists()


@contextmanager
def bare_database(settings: Settings) -> Iterator[BareDatabase]:
    """The database behind the settings; an embedded server is made or started where it is not.

    Raises DatabaseUnreachableError and EmbeddedServerError.
    """
    with bare_address(settings) as address, in_operators_words(address):
        with connected(address) as connection:
            version = connection.info.server_version // 10000
            revision = revision_of(connection)
            tables = _tables(connection)
        yield BareDatabase(address=address, version=version, revision=revision, tables=tables)


@contextmanager
def bare_address(settings: Settings) -> Iterator[str]:
    """The address of the database, an embedded server running for the block."""
    if settings.database_url is not None:
        yield settings.database_url.get_secret_value()
        return
    with embedded_server(settings.data) as address:
        yield address


def connected(address: str) -> Connection[Any]:
    """A connection in autocommit; raises what the driver raises."""
    return psycopg.connect(
        make_conninfo(
            address,
            connect_timeout=_CONNECT_SECONDS,
            application_name="finews",
            client_encoding="utf8",
        ),
        autocommit=True,
    )


def _tables(connection: Connection[Any]) -> int:
    """Tables and views of anybody in this database."""
    row = connection.execute(
        """
        select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p', 'v', 'm', 'f')
          and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg\\_%'
        """
    ).fetchone()
    assert row is not None
    return int(row[0])
