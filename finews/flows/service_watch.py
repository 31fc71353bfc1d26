"""What a service tells while it runs: a line for each run that ended, and whether the database is there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from finews.schema.database import Database
from finews.schema.errors import FinewsError
from finews.schema.frontier import clock
from finews.schema.ledger import EndedRun, ended_runs

_OVERLAP: Final = timedelta(minutes=2)
"""How far back is looked each time: a run's end is seen when it is committed, which may be later than it says."""


class EndedRuns:
    """Runs that ended since this was made; each is told once."""

    def __init__(self, database: Database, say: Callable[[str], None]) -> None:
        self._database, self._say = database, say
        self._away = False
        with database.transaction() as connection:
            self._since = clock(connection)
            self._told = {each.id for each in ended_runs(connection, self._since - _OVERLAP)}

    def tell(self) -> None:
        """Tells what ended since the last time; a database that is away is told once, and comes back by itself."""
        try:
            if self._away:
                self._database.come_back(0)
            with self._database.transaction(wait=2) as connection:
                now = clock(connection)
                ended = ended_runs(connection, self._since - _OVERLAP)
        except FinewsError as error:
            if not self._away:
                self._say(str(error))
            self._away = True
            return
        if self._away:
            self._say("the database is there again")
        self._away, self._since = False, now
        for each in ended:
            if each.id not in self._told:
                self._say(line_of(each))
        self._told = {each.id for each in ended}


def line_of(run: EndedRun) -> str:
    """`20:41:07  poll 12: 3 new, 180 skipped (schedule)`."""
    counts = ", ".join(f"{number} {name}" for name, number in run.counts.items() if number)
    words = {
        "broken": f"broken: {run.detail.get('broken', '')}",
        "skipped": "skipped",
    }.get(run.state, counts or "nothing to do")
    note = f"; {run.detail['note']}" if run.detail.get("note") else ""
    why = f" ({run.reason})" if run.reason else ""
    return f"{run.ended_at.astimezone():%H:%M:%S}  {run.kind} {run.id}: {words}{note}{why}"
