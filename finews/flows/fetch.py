"""Leased links → payloads → rows → posts, a batch at a time, while the crawl goes on fetching."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from finews.flows.forget import skipped_as_forgotten
from finews.flows.leases import Leases
from finews.flows.load import load_payloads, places_of
from finews.flows.normalise import names_itself
from finews.flows.pipeline import Pipeline, Run
from finews.flows.publish import publish_pending
from finews.flows.write_behind import published
from finews.schema.due import claim_again, claim_new
from finews.schema.frontier import (
    Settlement,
    claim,
    claim_fetched,
    clock,
    held,
    settle,
    settlement,
)
from finews.schema.ledger import record_events
from finews.schema.left_over import left_over
from finews.schema.payloads import in_batches, newest_payloads, read_payloads, store_payloads
from finews.schema.quarantine import keep_back
from finews.schema.rechecks import Rechecked, RecheckPlan, move_on
from finews.schema.records import Event, Fetch, LeasedLink, LinkState, Outcome, Payload, Rejection, Result
from finews.schema.sign_of_life import free_leases_of_the_dead
from finews.schema.tombstones import forgotten

_FIRST_LINKS = 200
_WAIT_FOR_OTHERS = 0.5
"""Seconds between two looks at links that another process holds."""

Claim = Callable[[int], Sequence[LeasedLink]]


def fetch_codes(pipeline: Pipeline, run: Run, codes: Sequence[str]) -> Iterator[list[Result]]:
    """Asks the source for exactly these articles; each of them ends in one result.

    Waits for those that another process is fetching just now, and asks again for those whose result was
    refused since the lease was lost. What an operator has forgotten is skipped.
    """
    left = dict.fromkeys(codes)
    told = False
    while left:
        with pipeline.database.transaction() as connection:
            buried = forgotten(connection, left)
            freed = free_leases_of_the_dead(connection)
        if buried:
            left = {code: None for code in left if code not in buried}
            yield skipped_as_forgotten(sorted(buried))
        waiting = list(left)

        def next_links(limit: int, waiting: list[str] = waiting) -> Sequence[LeasedLink]:
            while waiting:
                wanted, waiting[:limit] = waiting[:limit], []
                with pipeline.database.transaction() as connection:
                    if links := claim(connection, run.number, wanted):
                        return links
            return []

        before = len(left)
        for results in fetch_leased(pipeline, run, next_links):
            for result in results:
                left.pop(result.info_code, None)
            yield results
        if left and len(left) == before and not freed:
            if not told:
                pipeline.progress.say(
                    f"waiting for another run that is fetching {len(left)} of these articles"
                )
                told = True
            time.sleep(_WAIT_FOR_OTHERS)


def fetch_due(pipeline: Pipeline, run: Run, *, over: Callable[[], bool]) -> Iterator[list[Result]]:
    """Asks the source for what is due, for each article once: for all that is new, then for what was tried in vain.

    Once `over` says so, finishes what it is at, and leaves what it would try again to the next one; some of that has
    its turn in any case, however long the new ones took. Stops where every mirror fails at once.
    """
    with pipeline.database.transaction() as connection:
        until = clock(connection)
    asked = False

    def new(limit: int) -> Sequence[LeasedLink]:
        with pipeline.database.transaction() as connection:
            return claim_new(connection, run.number, limit, until=until)

    def again(limit: int) -> Sequence[LeasedLink]:
        with pipeline.database.transaction() as connection:
            return claim_again(connection, run.number, limit, until=until)

    for results in fetch_leased(pipeline, run, new, stops_in_outage=True):
        asked = True
        yield results
    if asked and pipeline.crawl.outage:
        return
    asked, late = False, over()

    def enough() -> bool:
        # What is under way is finished in any case; where nothing has begun in time, something is heard first.
        return over() and (asked or not late)

    for results in fetch_leased(pipeline, run, again, stops_in_outage=True, stop=enough):
        asked = True
        yield results


def load_left_over(pipeline: Pipeline, run: Run, *, but: Collection[str] = ()) -> list[Result]:
    """Reads payloads that wait to be read, and writes pending posts: a process was killed in between.

    First frees what dead processes hold. Those among `but` are left alone.
    """
    with pipeline.database.transaction(single=True) as connection:
        found = left_over(connection, run.number, but=but)
    if found.others:
        with pipeline.database.transaction() as connection:
            free_leases_of_the_dead(connection)
    # What the dead held was not to be had when it was looked for.
    results = _load_unread(pipeline, run, but) if found.unread or found.others else []
    if found.unpublished or results:
        publish_pending(pipeline.database, pipeline.settings)
    return results


def _load_unread(pipeline: Pipeline, run: Run, but: Collection[str]) -> list[Result]:
    results: list[Result] = []
    leases = Leases(pipeline)
    try:
        while True:
            with pipeline.database.transaction() as connection:
                codes = leases.take(claim_fetched(connection, run.number, 200, but=but))
                stored = newest_payloads(connection, codes)
            if not codes:
                break
            for batch in in_batches(stored):
                with pipeline.database.transaction() as connection:
                    payloads = list(read_payloads(connection, [each.id for each in batch]))
                results += load_payloads(
                    pipeline.database, pipeline.settings, run.number, payloads, leases.tokens
                )
            leases.done(codes)
    finally:
        leases.give_back()
    return results


def fetch_leased(
    pipeline: Pipeline,
    run: Run,
    next_links: Claim,
    *,
    stops_in_outage: bool = False,
    stop: Callable[[], bool] | None = None,
    recheck: RecheckPlan | None = None,
) -> Iterator[list[Result]]:
    """Asks the source for the links that `next_links(n)` leases, up to n at a time, until it leases none.

    Yields what came to its end, once its posts are on disk. Where `stop` says so, finishes what is under way and
    gives the other leases back; with `stops_in_outage` the same where every mirror fails at once, and nothing is leased
    where every mirror is paused. With a `recheck`
    what is asked for is here already, and stays as it is where the source has nothing to read.
    """
    if stops_in_outage and not pipeline.rules.asked:
        # Nobody is to be asked: what is due stays as it is, and waits.
        return
    leases = Leases(pipeline)
    # A crawl job is begun only where there is something to fetch.
    first = leases.take(next_links(_FIRST_LINKS))
    if not first:
        return

    def supply(limit: int) -> list[str]:
        leases.keep_alive()
        if stops_in_outage and pipeline.crawl.outage:
            # What is due waits in the frontier as well as here.
            first.clear()
            return []
        taken, first[:limit] = first[:limit], []
        return taken or leases.take(next_links(limit))

    def loaded() -> Generator[list[Result]]:
        for fetches in pipeline.crawl.articles(supply, stop=stop):
            leases.keep_alive()
            if not fetches:
                continue
            run.note_outage(pipeline.crawl.outage, fetches)
            results, payloads = _store(pipeline, run, fetches, leases, recheck)
            leases.done([each.info_code for each in fetches if each.outcome])
            results += load_payloads(
                pipeline.database, pipeline.settings, run.number, payloads, leases.tokens
            )
            leases.done([each.info_code for each in fetches])
            yield results

    try:
        yield from published(pipeline, loaded())
    finally:
        leases.give_back()


def _store(
    pipeline: Pipeline,
    run: Run,
    fetches: Sequence[Fetch],
    leases: Leases,
    recheck: RecheckPlan | None = None,
) -> tuple[list[Result], list[Payload]]:
    """Commits what a batch of fetches came to; returns the results that are final, and the payloads to read."""
    with pipeline.database.transaction() as connection:
        ours = held(connection, {each.info_code: leases.tokens[each.info_code] for each in fetches})
        fetches = [each for each in fetches if each.info_code in ours]
        ids = store_payloads(connection, run.number, [each.payload for each in fetches if each.payload])
        settle(
            connection,
            [_settlement(each, pipeline, leases, spared=recheck is not None) for each in fetches],
        )
        if recheck:
            move_on(connection, [_rechecked(each, pipeline) for each in fetches], recheck)
        keep_back(
            connection,
            [
                _kept_back(each.info_code, each.reason, each.payload, ids[each.info_code])
                for each in fetches
                if each.outcome is Outcome.QUARANTINED and each.payload
            ],
            normaliser=0,
        )
        record_events(connection, run.number, [_event(each) for each in fetches])
        places = places_of(
            connection, [each.info_code for each in fetches if each.outcome], pipeline.settings
        )
    results = [
        Result(
            info_code=each.info_code,
            outcome=each.outcome,
            reason=each.reason,
            post=places.get(each.info_code),
            outage=each.outage,
        )
        for each in fetches
        if each.outcome
    ]
    payloads = [
        replace(each.payload, id=ids[each.info_code]) for each in fetches if each.payload and not each.outcome
    ]
    return results, payloads


def _kept_back(info_code: str, reason: str, payload: Payload, number: int) -> Rejection:
    title, media = names_itself(payload)
    return Rejection(
        info_code=info_code, stage="fetch", reason=reason, payload_id=number, title=title, media=media
    )


def _settlement(fetch: Fetch, pipeline: Pipeline, leases: Leases, *, spared: bool) -> Settlement:
    if fetch.outcome is None:
        return Settlement(info_code=fetch.info_code, state=LinkState.FETCHED, keep_lease=True)
    return settlement(
        leases.links[fetch.info_code],
        fetch.outcome,
        fetch.reason,
        backoff=pipeline.backoff,
        asked=fetch.retry_after,
        outage=fetch.outage,
        spared=spared,
    )


def _rechecked(fetch: Fetch, pipeline: Pipeline) -> Rechecked:
    backoff = pipeline.backoff
    unheard = fetch.outcome in (Outcome.FAILED, Outcome.BLOCKED)
    return Rechecked(
        info_code=fetch.info_code,
        soon=timedelta(seconds=backoff.shortest) if fetch.outage else None,
        late=timedelta(seconds=backoff.longest) if unheard else None,
        peace=fetch.retry_after,
    )


def _event(fetch: Fetch) -> Event:
    asked = [
        {"mirror": each.mirror, "part": each.part, "reason": each.reason, "status": each.status}
        for each in fetch.attempts
    ]
    return Event(
        info_code=fetch.info_code,
        stage="fetch",
        outcome=fetch.outcome,
        reason=fetch.reason,
        detail={"asked": asked},
    )
