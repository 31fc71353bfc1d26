"""Whether something stays on this machine."""

from __future__ import annotations

import ipaddress

from finews.schema.settings import Settings


def is_loopback(address: str) -> bool:
    """Whether an address is one of this machine's own; a name is none."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return (mapped or found).is_loopback


def is_local(settings: Settings) -> bool:
    """Whether only this machine's users reach the console: by no other address, name or proxy."""
    here = settings.ui_host.lower() == "localhost" or is_loopback(settings.ui_host)
    return here and not settings.ui_hosts and not settings.ui_proxies
