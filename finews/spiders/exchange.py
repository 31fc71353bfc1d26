"""Records between parent and crawl process, as what JSON can say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from finews.schema.feed_records import Validators
from finews.schema.records import Attempt, Fetch, Listing, Outcome, Payload

from .feed_answer import FeedAnswer


def fetch_to_json(fetch: Fetch) -> dict[str, Any]:
    """All of a Fetch but the body of its payload, for a frame."""
    payload = fetch.payload
    return {
        "info_code": fetch.info_code,
        "outcome": fetch.outcome,
        "reason": fetch.reason,
        "attempts": fetch.attempts,
        "retry_after": fetch.retry_after.total_seconds() if fetch.retry_after is not None else None,
        "outage": fetch.outage,
        "payload": payload
        and {
            "part": payload.part,
            "url": payload.url,
            "status": payload.status,
            "content_type": payload.content_type,
            "fetched_at": payload.fetched_at,
        },
    }


def fetch_from_json(fields: Mapping[str, Any], body: bytes) -> Fetch:
    """The reverse of `fetch_to_json`."""
    code, payload, wait = fields["info_code"], fields["payload"], fields["retry_after"]
    return Fetch(
        info_code=code,
        outcome=Outcome(fields["outcome"]) if fields["outcome"] else None,
        reason=fields["reason"],
        payload=Payload(
            **{
                **payload,
                "info_code": code,
                "fetched_at": datetime.fromisoformat(payload["fetched_at"]),
                "body": body,
            }
        )
        if payload
        else None,
        attempts=tuple(Attempt(**each) for each in fields["attempts"]),
        retry_after=timedelta(seconds=wait) if wait is not None else None,
        outage=fields["outage"],
    )


def feed_to_json(answer: FeedAnswer) -> dict[str, Any]:
    """A FeedAnswer as JSON values."""
    listings = [
        {**asdict(each), "moment": each.moment.isoformat() if each.moment else None}
        for each in answer.listings
    ]
    return {**asdict(answer), "listings": listings}


def feed_from_json(fields: Mapping[str, Any]) -> FeedAnswer:
    """The reverse of `feed_to_json`."""
    listings = (
        Listing(**{**each, "moment": datetime.fromisoformat(each["moment"]) if each["moment"] else None})
        for each in fields["listings"]
    )
    given = fields["validators"]
    validators = Validators(**given) if given else None
    return FeedAnswer(**{**fields, "listings": tuple(listings), "validators": validators})
