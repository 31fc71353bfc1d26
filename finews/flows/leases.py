"""The leases of one piece of work: taken, kept alive, given back."""

from __future__ import annotations

import time
from collections.abc import Sequence

from finews.flows.pipeline import Pipeline
from finews.schema.frontier import LEASE, release, renew
from finews.schema.records import LeasedLink


class Leases:
    """The leases that this run holds, renewed before they end and given back when the work stops."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._database = pipeline.database
        self.tokens: dict[str, int] = {}
        self.links: dict[str, LeasedLink] = {}
        self._renewed = time.monotonic()

    def take(self, links: Sequence[LeasedLink]) -> list[str]:
        """Notes freshly claimed links, and returns their infoCodes."""
        for link in links:
            self.tokens[link.info_code] = link.token
            self.links[link.info_code] = link
        return [link.info_code for link in links]

    def done(self, codes: Sequence[str]) -> None:
        """Forgets links whose result is written."""
        for code in codes:
            self.tokens.pop(code, None)
            self.links.pop(code, None)

    def keep_alive(self) -> None:
        """Renews what is held when a third of the lease has gone by, and the run's sign of life where it was lost."""
        self._database.keep_locks()
        if self.tokens and time.monotonic() - self._renewed > LEASE.total_seconds() / 3:
            with self._database.transaction() as connection:
                renew(connection, self.tokens)
            self._renewed = time.monotonic()

    def give_back(self) -> None:
        """Frees what was leased and not finished; what a database that is away keeps, the next run frees."""
        if self.tokens:
            with self._database.transaction(wait=1) as connection:
                release(connection, self.tokens)
            self.tokens.clear()
