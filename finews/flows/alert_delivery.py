"""Messages on their way: each to every target in order, whoever keeps them until they are there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from finews.flows.alert_targets import Target, send
from finews.schema.alert_records import Message, Outgoing
from finews.schema.records import Record


@dataclass(frozen=True, kw_only=True)
class Sending(Record):
    """How sending one message to one target went; no `error`: it was delivered."""

    message: int
    title: str
    target: str
    error: str | None

    def as_json(self) -> dict[str, Any]:
        """`{message, title, target, error}`."""
        return dict(vars(self))


def deliver(
    messages: Sequence[Outgoing],
    targets: Sequence[Target],
    *,
    taken: Callable[[int, str], None],
    tried: Callable[[int], None],
) -> list[Sending]:
    """Sends what some target has not got; `taken` hears at once of each message and the sign of who has it.

    A target that did not take a message gets no later one before it. `tried` hears of each message in the end.
    """
    sendings = []
    failed: set[str] = set()
    for message in messages:
        for target in targets:
            if target.sign in message.delivered or target.sign in failed:
                continue
            error = send(target, Message(title=message.title, body=message.body))
            sendings.append(Sending(message=message.id, title=message.title, target=target.name, error=error))
            if error:
                failed.add(target.sign)
            else:
                taken(message.id, target.sign)
        tried(message.id)
    return sendings
