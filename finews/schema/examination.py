"""What a doctor wants to know of a database, in one look that changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from finews.schema.bare_database import bare_database, connected
from finews.schema.database import in_operators_words, shown_address
from finews.schema.feeds import paused_feeds
from finews.schema.migrate import HEAD
from finews.schema.mirrors import MirrorState, mirror_states
from finews.schema.pauses import Pause
from finews.schema.records import FEEDS, Record
from finews.schema.settings import Settings
from finews.schema.sign_of_life import count_the_dead


@dataclass(frozen=True, kw_only=True)
class DatabaseFacts(Record):
    """A database as it was found.

    `ahead` is by how many seconds its clock is ahead of this machine's. `dead_runs`, `dead_leases`, `mirrors` and
    `paused_feeds` are empty where the schema is not the newest.
    """

    shown: str
    version: int
    revision: str | None
    tables: int
    encoding: str
    may_create: bool
    read_only: bool
    ahead: float
    size: int
    dead_runs: int = 0
    dead_leases: int = 0
    mirrors: tuple[MirrorState, ...] = ()
    paused_feeds: Mapping[str, Pause] = field(default_factory=dict)


def examine(settings: Settings) -> DatabaseFacts:
    """Looks at the database behind the settings; an embedded server runs meanwhile, and nothing is migrated.

    Raises the ServiceError that says why it cannot be looked at.
    """
    with bare_database(settings) as there, in_operators_words(there.address):
        with connected(there.address) as connection:
            before = datetime.now(UTC)
            row = connection.execute(
                """
                select clock_timestamp(), current_setting('server_encoding'),
                       coalesce(has_schema_privilege(current_schema(), 'create'), false)
                           and has_database_privilege(current_database(), 'temp'),
                       current_setting('transaction_read_only') = 'on',
                       pg_database_size(current_database())
                """
            ).fetchone()
            after = datetime.now(UTC)
            assert row is not None
            now, encoding, may_create, read_only, size = row
            runs = leases = 0
            mirrors: Sequence[MirrorState] = ()
            paused: Mapping[str, Pause] = {}
            if there.revision == HEAD:
                runs, leases = count_the_dead(connection)
                mirrors = mirror_states(connection, settings.sources)
                paused = paused_feeds(connection, FEEDS)
        return DatabaseFacts(
            shown=shown_address(there.address),
            version=there.version,
            revision=there.revision,
            tables=there.tables,
            encoding=encoding,
            may_create=may_create,
            read_only=read_only,
            ahead=(now - before - (after - before) / 2).total_seconds(),
            size=size,
            dead_runs=runs,
            dead_leases=leases,
            mirrors=tuple(mirrors),
            paused_feeds=paused,
        )
