"""What a run committed without hearing of it, since the connection broke with the commit: read back from the ledger."""

from __future__ import annotations

from collections.abc import Sequence

from finews.flows.load import places_of
from finews.flows.publish import publish_results
from finews.schema.database import Database
from finews.schema.ledger import outcomes_of
from finews.schema.records import Result
from finews.schema.settings import Settings
from finews.schema.sign_of_life import reopen


def unacknowledged(
    database: Database, settings: Settings, run: int, results: Sequence[Result]
) -> list[Result]:
    """Results of a run that were committed, though the connection broke before the run heard of it.

    Their posts are written, the run's leases freed; `results` are those that the run knows of.
    """
    known = {(each.info_code, each.outcome) for each in results}
    with database.transaction() as connection:
        reopen(connection, run)
        ended = [each for each in outcomes_of(connection, run) if each[:2] not in known]
        places = places_of(connection, [code for code, _, _ in ended], settings)
    found = [
        Result(info_code=code, outcome=outcome, reason=reason, post=places.get(code))
        for code, outcome, reason in ended
    ]
    publish_results(database, settings, found)
    return found
