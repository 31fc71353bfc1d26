"""Payloads → rows, a batch at a time: normalise, then one transaction for rows, quarantine, links and events."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from finews.flows.category import candidates
from finews.flows.normalise import VERSION, names_itself, normalise, post_path
from finews.flows.place import place, today
from finews.flows.post import ROLLING_CATEGORY
from finews.flows.text_hash import text_hash
from finews.schema.articles import Loading, first_paths, identities, load_articles
from finews.schema.database import Database
from finews.schema.frontier import Settlement, held, settle
from finews.schema.ledger import record_events
from finews.schema.media import give_slug, known_slugs
from finews.schema.quarantine import keep_back, let_out
from finews.schema.rechecks import plan_of, plan_rechecks
from finews.schema.records import (
    Article,
    Event,
    Identity,
    LinkState,
    Listing,
    Outcome,
    Payload,
    Rejection,
    Result,
)
from finews.schema.settings import Settings
from finews.schema.sightings import sightings_of

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What was read, beside what, and what came of it."""

    payload: Payload
    listings: Sequence[Listing]
    identity: Identity | None
    made: Article | Rejection


def load_payloads(
    database: Database,
    settings: Settings,
    run: int,
    payloads: Sequence[Payload],
    tokens: Mapping[str, int],
    *,
    earlier: Mapping[str, Reading] | None = None,
) -> list[Result]:
    """Makes rows of stored payloads; `tokens` are the leases under which the links are held.

    A payload whose lease was lost is left to the process that has it now, and has no result here. What was read
    `earlier` is not read again where it would be read beside the same.
    """
    codes = [payload.info_code for payload in payloads]
    with database.transaction() as connection:
        sightings = sightings_of(connection, codes)
        known = identities(connection, codes)
    made = [
        each.made for each in readings(payloads, sightings=sightings, identities=known, earlier=earlier or {})
    ]
    slugs = _slugs(database, [each for each in made if isinstance(each, Article)])
    with database.transaction() as connection:
        ours = held(connection, {code: tokens[code] for code in codes})
        articles = [each for each in made if isinstance(each, Article) and each.info_code in ours]
        rejections = [each for each in made if isinstance(each, Rejection) and each.info_code in ours]
        loadings = [
            Loading(
                article=each,
                path=post_path(each),
                category=slugs.get(each.media, ROLLING_CATEGORY),
                text_hash=text_hash(each.body),
            )
            for each in articles
        ]
        outcomes = load_articles(connection, run, loadings, normaliser=VERSION)
        new = [code for code, outcome in outcomes.items() if outcome is Outcome.NEW]
        plan_rechecks(connection, new, plan_of(settings))
        places = places_of(connection, codes, settings)
        results = [
            Result(info_code=code, outcome=outcome, reason="", post=places[code])
            for code, outcome in outcomes.items()
        ]
        results += [
            Result(
                info_code=each.info_code,
                outcome=Outcome.QUARANTINED,
                reason=each.reason,
                post=places.get(each.info_code),
            )
            for each in rejections
        ]
        keep_back(connection, rejections, normaliser=VERSION)
        let_out(connection, list(outcomes))
        settle(
            connection,
            [
                Settlement(
                    info_code=each.info_code,
                    state=LinkState.DONE if each.info_code in outcomes else LinkState.QUARANTINED,
                    reason=each.reason,
                )
                for each in results
            ],
        )
        stages = {each.info_code: each.stage for each in rejections}
        record_events(
            connection,
            run,
            [
                Event(
                    info_code=each.info_code,
                    stage=stages.get(each.info_code, "load"),
                    outcome=each.outcome,
                    reason=each.reason,
                )
                for each in results
            ],
        )
    return results


def places_of(connection: Any, codes: Sequence[str], settings: Settings) -> dict[str, str]:
    """infoCode → where its post lies today, for those of `codes` that have a row."""
    day = today()
    return {
        code: place(path, moment, settings, day)
        for code, (path, moment) in first_paths(connection, codes).items()
    }


def readings(
    payloads: Sequence[Payload],
    *,
    sightings: Mapping[str, Sequence[Listing]],
    identities: Mapping[str, Identity],
    earlier: Mapping[str, Reading],
) -> Iterator[Reading]:
    """Reads payloads beside what feeds said and first publications fixed; takes over an `earlier` reading."""
    for payload in payloads:
        code = payload.info_code
        listings, identity = sightings.get(code, ()), identities.get(code)
        before = earlier.get(code)
        if before and (payload, listings, identity) == (before.payload, before.listings, before.identity):
            yield before
        else:
            made = _made(payload, listings, identity)
            yield Reading(payload=payload, listings=listings, identity=identity, made=made)


def _made(payload: Payload, listings: Sequence[Listing], identity: Identity | None) -> Article | Rejection:
    try:
        return normalise(payload, listings=listings, identity=identity)
    except Exception as error:  # noqa: BLE001 - see below
        # A bug of ours: the payload is kept and can be replayed, the other articles go on.
        _log.error(
            "normalising %s failed (%s: %s); its payload is in quarantine, please report this",
            payload.info_code,
            type(error).__name__,
            error,
            exc_info=bool(os.environ.get("FINEWS_DEBUG")),
        )
        assert payload.id is not None
        title, media = names_itself(payload)
        return Rejection(
            info_code=payload.info_code,
            stage="normalise",
            reason="internal_error",
            payload_id=payload.id,
            title=title,
            media=media,
        )


def _slugs(database: Database, articles: Sequence[Article]) -> dict[str, str]:
    names = {each.media for each in articles if not each.rolling}
    with database.transaction() as connection:
        slugs = known_slugs(connection, names)
    for name in sorted(names - set(slugs)):
        # One name a transaction: two processes that name the same media in another order never wait in a circle.
        with database.transaction() as connection:
            slugs[name] = give_slug(connection, name, candidates(name))
    return slugs
