"""One article in quarantine, with all that helps to judge it: payload, steps of the parser, mirrors, feeds, row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from finews.flows.normalise import VERSION
from finews.flows.payload_steps import Steps, payload_steps
from finews.flows.place import place, today
from finews.schema.articles import first_paths, identities
from finews.schema.database import Database
from finews.schema.errors import UnknownNameError
from finews.schema.ledger import events_of
from finews.schema.payloads import read_payloads
from finews.schema.quarantine import quarantined
from finews.schema.quarantine_view import Provenance, listings_said, provenance, titles_of
from finews.schema.records import Attempt, Event, Listing, Payload, QuarantineItem, Record
from finews.schema.settings import Settings
from finews.schema.sightings import sightings_of


@dataclass(frozen=True, kw_only=True)
class ItemView(Record):
    """An article and what is in quarantine of it; `item` is None where it is out.

    `kept` is false where the answer was too large to be kept. `asked` is what each mirror said when the source was
    asked last. `sightings` are read beside the payload, `listings` are what the source's lists say besides.
    """

    info_code: str
    title: str
    post: str | None
    item: QuarantineItem | None
    kept: bool = True
    source: Provenance | None = None
    payload: Payload | None = None
    steps: Steps | None = None
    sightings: Sequence[Listing] = ()
    listings: Sequence[Listing] = ()
    asked: Sequence[Attempt] = ()
    asked_in: Event | None = None
    version: int = VERSION


def view_item(database: Database, settings: Settings, info_code: str) -> ItemView:
    """An article that is in quarantine, or was; raises UnknownNameError for one that is not known at all."""
    with database.transaction() as connection:
        items = quarantined(connection, codes=[info_code], discarded=True)
        events = events_of(connection, info_code)
        paths = first_paths(connection, [info_code])
        post = place(*paths[info_code], settings, today()) if info_code in paths else None
        title = titles_of(connection, [info_code]).get(info_code, "")
        if not items:
            if not events and post is None:
                raise UnknownNameError(
                    f"{info_code} is not in quarantine", advice="See `finews quarantine list`"
                )
            return ItemView(info_code=info_code, title=title, post=post, item=None)
        item = items[0]
        title = title or item.title
        payload = next(read_payloads(connection, [item.payload_id]), None)
        source = provenance(connection, item.payload_id)
        sightings = sightings_of(connection, [info_code]).get(info_code, [])
        listings = listings_said(connection, info_code)
        identity = identities(connection, [info_code]).get(info_code)
    kept = item.reason != "too_large"
    asked_in = next((each for each in reversed(events) if each.detail.get("asked")), None)
    steps = payload_steps(payload, listings=sightings, identity=identity) if payload and kept else None
    return ItemView(
        info_code=info_code,
        title=title,
        post=post,
        item=item,
        kept=kept,
        source=source,
        payload=payload,
        steps=steps,
        sightings=sightings,
        listings=[each for each in listings if each.feed not in {one.feed for one in sightings}],
        asked=[
            Attempt(
                mirror=each["mirror"], part=each["part"], reason=each["reason"], status=each.get("status")
            )
            for each in (asked_in.detail["asked"] if asked_in else ())
        ],
        asked_in=asked_in,
    )
