"""Ways in which a request ends without an answer that can be judged, and the machine word of each."""

from __future__ import annotations

from typing import ClassVar

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)


class RequestTrouble(IgnoreRequest):
    """A middleware of this package stopped a request; `reason` is the machine word."""

    reason: ClassVar[str]


class RobotsForbidden(RequestTrouble):
    """robots.txt does not want this address to be asked."""

    reason = "robots"


class RedirectedAway(RequestTrouble):
    """The answer leads to a host that is no mirror."""

    reason = "redirect_away"


class RedirectLoop(RequestTrouble):
    """The answers lead round in a circle, or on and on."""

    reason = "redirect_loop"


class BadCompression(RequestTrouble):
    """The body is not what its Content-Encoding says, or not all of it."""

    reason = "bad_gzip"


class TooLarge(RequestTrouble):
    """The body unpacks to more than the size limit."""

    reason = "too_large"


DOWNLOAD_ERRORS = (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
    OSError,
)
"""What a download handler raises when it does what it should."""


def reason_of(error: Exception) -> str:
    """`timeout`, `connection`, `too_large`, `bad_gzip`, `robots`, `redirect_away` or `redirect_loop`."""
    if isinstance(error, RequestTrouble):
        return error.reason
    # The handler cancels a download for one reason only, which is the size limit.
    if isinstance(error, DownloadCancelledError):
        return TooLarge.reason
    return "timeout" if isinstance(error, DownloadTimeoutError | TimeoutError) else "connection"
