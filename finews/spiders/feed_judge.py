"""One answer of a feed → its listings, or the machine word for why there are none."""

from __future__ import annotations

from finews.schema.records import Listing

from .decoding import WireError, decoded
from .feed_listing import parse_feed
from .gates import gate
from .heard import Heard, Say
from .judge import Answer, judged_status


def judged_feed(name: str, answer: Answer) -> tuple[Listing, ...] | Heard:
    """The listings of a good answer; what is wrong with another one."""
    refused = judged_status(answer)
    if refused:
        return refused
    if answer.too_large:
        return _unfit("too_large", answer)
    try:
        return parse_feed(name, answer.body, answer.content_type)
    except WireError as error:
        if error.reason == "not_json" and (found := gate(decoded(answer.body, answer.content_type))):
            return Heard(say=Say.BLOCKED, reason=found, status=answer.status)
        return _unfit(error.reason, answer)


def _unfit(reason: str, answer: Answer) -> Heard:
    return Heard(say=Say.UNFIT, reason=reason, status=answer.status)
