"""What one request counts for in the history of its mirror."""

from __future__ import annotations

from typing import Final

from scrapy.http import Response

from finews.schema.tally import Tally

from .trouble import RobotsForbidden, TooLarge

_REFUSED: Final = (401, 403, 429)
_ANSWERED: Final = (TooLarge.reason, "bad_gzip", "redirect_away", "redirect_loop")
"""Ways to end that only an answer has."""


def answered_tally(response: Response) -> Tally:
    """An answer: how soon it began, whether it was a refusal or a server error."""
    status = response.status
    request = response.request
    seconds = request.meta.get("download_latency", 0.0) if request else 0.0
    refused, ill = status in _REFUSED, status >= 500
    well = not refused and not ill
    return Tally(
        answers=int(well),
        seconds=seconds if well else 0.0,
        refusals=int(refused),
        troubles=int(ill),
        last_error=f"http_{status}" if refused or ill else None,
    )


def unanswered_tally(reason: str) -> Tally:
    """No answer that could be used, for this reason; nothing where no request was sent."""
    if reason == RobotsForbidden.reason:
        return Tally()
    # How soon it came is not known of these, so they are no answers: the mean would be too good.
    return Tally(troubles=int(reason not in _ANSWERED), last_error=reason)
