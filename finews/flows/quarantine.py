"""`quarantine`: what could not become a post; list, show, discard. Replay is `replay`'s work."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from finews.flows.operator import operator
from finews.schema.database import Database
from finews.schema.errors import UnknownNameError
from finews.schema.payloads import read_payloads
from finews.schema.quarantine import discard, quarantined, sieved
from finews.schema.records import Payload, QuarantineItem
from finews.schema.sieve import Sieve


def list_items(database: Database, sieve: Sieve) -> list[QuarantineItem]:
    """What a sieve leaves of quarantine, newest first."""
    with database.transaction() as connection:
        return sieved(connection, sieve)


def show_item(database: Database, info_code: str) -> tuple[QuarantineItem, Payload]:
    """One item and its payload, discarded or not; raises UnknownNameError."""
    with database.transaction() as connection:
        items = quarantined(connection, codes=[info_code], discarded=True)
        if not items:
            raise UnknownNameError(f"{info_code} is not in quarantine", advice="See `finews quarantine list`")
        (payload,) = read_payloads(connection, [items[0].payload_id])
    return items[0], payload


def discard_items(
    database: Database, *, codes: Collection[str] | None, sieve: Sieve, why: str
) -> list[QuarantineItem]:
    """Discards by code what a sieve leaves, or all of that; returns the items with who and why.

    Raises UnknownNameError where a named article is not among them; then nothing is discarded.
    """
    with database.transaction() as connection:
        items = sieved(connection, sieve, codes=codes)
        found = {each.info_code for each in items}
        if codes is not None and (unknown := sorted(set(codes) - found)):
            raise UnknownNameError(
                f"{', '.join(unknown)}: not in quarantine", advice="See `finews quarantine list`"
            )
        discard(connection, found, who=operator(), why=why)
        return quarantined(connection, codes=found, discarded=True)


def as_json(item: QuarantineItem) -> dict[str, Any]:
    """An item as `--json` prints it."""
    return {
        "info_code": item.info_code,
        "stage": item.stage,
        "reason": item.reason,
        "at": item.at.astimezone().isoformat(timespec="seconds"),
        "normaliser": item.normaliser,
        "media": item.media,
        "day": item.day.isoformat() if item.day else None,
        "discarded": (
            {
                "at": item.discarded_at.astimezone().isoformat(timespec="seconds"),
                "by": item.discarded_by,
                "why": item.discarded_why,
            }
            if item.discarded_at
            else None
        ),
    }
