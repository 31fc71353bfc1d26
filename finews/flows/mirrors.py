"""The circuits of the mirrors, kept in the database: all processes on all machines share them."""

from __future__ import annotations

from finews.schema.database import Database
from finews.schema.mirrors import claim_probe, close_circuit, open_circuit, uncharge
from finews.schema.settings import Settings
from finews.spiders.mirror_circuit import CircuitRules


def circuit_rules(settings: Settings) -> CircuitRules:
    """When a circuit opens, and for how long."""
    return CircuitRules(
        troubles=settings.circuit_troubles, pause=settings.circuit_pause, longest=settings.circuit_longest
    )


class MirrorCircuits:
    """The CircuitKeeper of a pipeline."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._rules = circuit_rules(settings)
        # As long as an answer may take, and a little.
        self._probe_lasts = settings.timeout + 5

    def opened(self, mirror: str, reason: str, *, probed: bool) -> float:
        """See CircuitKeeper."""
        with self._database.transaction() as connection:
            return open_circuit(
                connection,
                mirror,
                reason,
                probed=probed,
                pause=self._rules.pause,
                longest=self._rules.longest,
            )

    def closed(self, mirror: str) -> None:
        """See CircuitKeeper."""
        with self._database.transaction() as connection:
            close_circuit(connection, mirror)

    def uncharged(self, mirror: str) -> None:
        """See CircuitKeeper."""
        with self._database.transaction() as connection:
            uncharge(connection, mirror)

    def probe(self, mirror: str) -> float | None:
        """See CircuitKeeper."""
        with self._database.transaction() as connection:
            return claim_probe(connection, mirror, lasts=self._probe_lasts)
