"""One answer that ought to hold a list → what is in it, or the machine word for why there is nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from .decoding import WireError, decoded
from .gates import gate
from .heard import Heard, Say
from .judge import Answer, judged_status

T = TypeVar("T")


def judged_list(answer: Answer, parse: Callable[[bytes, str], T]) -> T | Heard:
    """What `parse(body, content_type)` makes of a good answer; what is wrong with another one.

    `parse` may raise WireError.
    """
    refused = judged_status(answer)
    if refused:
        return refused
    if answer.too_large:
        return _unfit("too_large", answer)
    try:
        return parse(answer.body, answer.content_type)
    except WireError as error:
        if error.reason == "not_json" and (found := gate(decoded(answer.body, answer.content_type))):
            return Heard(say=Say.BLOCKED, reason=found, status=answer.status)
        return _unfit(error.reason, answer)


def _unfit(reason: str, answer: Answer) -> Heard:
    return Heard(say=Say.UNFIT, reason=reason, status=answer.status)
