"""After some failed sign-ins none is heard for a while, by account and by address; twice as long each time."""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta
from typing import Final

from finews.schema.login_failures import Failures

ACCOUNT: Final = "account:"
ADDRESS: Final = "address:"
_FREE: Final = {ACCOUNT: 5, ADDRESS: 20}
"""Failures in a row after which the waiting begins; many people may share an address."""
_FIRST_WAIT: Final = timedelta(seconds=30)
_LONGEST_WAIT: Final = timedelta(minutes=15)
_FORGOTTEN: Final = timedelta(hours=2)
"""After so long without a failure counting begins anew."""


def subjects(name: str, address: str) -> tuple[str, str]:
    """What an attempt is counted for."""
    return ACCOUNT + name, ADDRESS + _neighbourhood(address)


def with_attempt(subject: str, failures: Failures, now: datetime) -> Failures:
    """These failures and one more."""
    kind = subject.partition(":")[0] + ":"
    number = 1 if now - failures.last_at > _FORGOTTEN else failures.number + 1
    beyond = number - _FREE[kind]
    # No more doublings than it takes to reach the longest.
    wait = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** min(beyond, 10)) if beyond >= 0 else None
    return Failures(number=number, last_at=now, locked_until=now + wait if wait else None)


def _neighbourhood(address: str) -> str:
    """The address, of IPv6 the network of 64 bits that one line has: it has as many addresses as it likes."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)
