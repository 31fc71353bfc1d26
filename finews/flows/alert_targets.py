"""Who is told: apprise's targets, whose addresses hold passwords and are never shown."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from finews.schema.alert_records import Message
from finews.schema.records import Record

UNKNOWN = "apprise does not know this kind of address, or it is incomplete"
REFUSED = "it was not delivered; look at the address, the network and the service"


@dataclass(frozen=True, kw_only=True)
class Target(Record):
    """One address. `name` is what may be shown: its place in the setting and its kind."""

    name: str
    address: str = field(repr=False)

    @property
    def sign(self) -> str:
        """Tells it from others without giving it away."""
        return hashlib.sha256(self.address.encode()).hexdigest()[:16]


def targets_of(addresses: Sequence[str]) -> list[Target]:
    """The targets in their order: `1 (mailto)`, `2 (tgram)`."""
    return [
        Target(name=f"{place} ({address.partition('://')[0].lower()})", address=address)
        for place, address in enumerate(addresses, 1)
    ]


def send(target: Target, message: Message) -> str | None:
    """Sends a message; None where the target has taken it, else why not, in words that give nothing away."""
    # A quarter of a second that only those pay who send.
    from apprise import Apprise, NotifyFormat

    with _quiet():
        apprise = Apprise()
        if not apprise.add(target.address):
            return UNKNOWN
        try:
            sent = apprise.notify(title=message.title, body=message.body, body_format=NotifyFormat.TEXT)
        except Exception as error:  # noqa: BLE001 - a hundred services, each with errors of its own
            return f"{REFUSED} ({type(error).__name__})"
    return None if sent else REFUSED


@contextmanager
def _quiet() -> Iterator[None]:
    """Apprise logs what services answer, at times with the address: that is nobody's to read."""
    logger = logging.getLogger("apprise")
    before = logger.disabled
    logger.disabled = True
    try:
        yield
    finally:
        logger.disabled = before
