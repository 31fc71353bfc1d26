"""Alerts: one check of all that may be amiss, and messages that are kept until every target has them.

Any process may check, at any time: the state is in the database, and a slot lets one at a time.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from finews.flows.alert_away import absence, tell_away, tell_back
from finews.flows.alert_conditions import LATELY, Room, Snapshot, Thresholds, conditions
from finews.flows.alert_delivery import Sending, deliver
from finews.flows.alert_message import trial
from finews.flows.alert_targets import Target, send, targets_of
from finews.flows.alert_watch import Patience, checked
from finews.schema.alert_records import Alert, Condition, Outgoing
from finews.schema.alerts import (
    keep_watch,
    newest_messages,
    note_attempt,
    note_delivery,
    put_out,
    waiting,
    watch_of,
)
from finews.schema.database import Database
from finews.schema.due import oldest_due
from finews.schema.errors import ServiceError
from finews.schema.feeds import feed_states
from finews.schema.figures import quarantined_since
from finews.schema.frontier import clock
from finews.schema.mirrors import mirror_states
from finews.schema.records import Record
from finews.schema.settings import Settings
from finews.schema.slots import holder_of

_MESSAGES_TOLD = 10


@dataclass(frozen=True, kw_only=True)
class Check(Record):
    """What a check found and sent; `skipped` where another process was at it, `away` why there is no database."""

    skipped: bool = False
    away: ServiceError | None = None
    alerts: tuple[Alert, ...] = ()
    targets: int = 0
    sendings: tuple[Sending, ...] = ()

    @property
    def trouble(self) -> bool:
        """Whether some message was not delivered."""
        return any(each.error for each in self.sendings)

    def as_json(self) -> dict[str, Any]:
        """What `finews alerts check --json` prints; `error` and `message` too where the database is away."""
        why = {} if self.away is None else self.away.as_json()
        return {
            **why,
            "skipped": self.skipped,
            "alerts": [alert_json(each) for each in self.alerts],
            "targets": self.targets,
            "sent": [each.as_json() for each in self.sendings],
        }


def check_all(settings: Settings) -> Check:
    """One check, whether the database is there or not: that it is away is told like everything else."""
    try:
        with Database(settings) as database:
            found = check_alerts(database, settings)
    except ServiceError as error:
        alerts, sendings = tell_away(settings, error, now=datetime.now(UTC))
        targets = len(settings.alert_targets)
        return Check(away=error, alerts=alerts, targets=targets, sendings=tuple(sendings))
    alerts, sendings = tell_back(settings, now=datetime.now(UTC))
    return replace(found, alerts=(*alerts, *found.alerts), sendings=(*sendings, *found.sendings))


def check_alerts(database: Database, settings: Settings) -> Check:
    """Looks at everything once, and sends what there is to tell, also what an earlier check could not deliver.

    What is to be sent is committed before it is sent, and each delivery after it: what a target has not taken
    is sent again by the next check, what it has taken is not, unless the process dies in that very moment.
    """
    targets = targets_of(settings.alert_targets)
    with database.slot("alerts") as ours:
        if not ours:
            return Check(skipped=True, targets=len(targets))
        alerts = _look(database, settings, heard=bool(targets))
        return Check(alerts=alerts, targets=len(targets), sendings=tuple(_deliver(database, targets)))


def _look(database: Database, settings: Settings, *, heard: bool) -> tuple[Alert, ...]:
    with database.transaction() as connection:
        state = snapshot(connection, settings)
        watch, message = checked(
            watch_of(connection),
            _amiss(state, settings),
            now=state.now,
            patience=Patience.of(settings),
            heard=heard,
            page=settings.console_page,
        )
        keep_watch(connection, watch)
        if message:
            put_out(connection, message, at=state.now)
    return watch.alerts


def _amiss(state: Snapshot, settings: Settings) -> list[Condition]:
    return conditions(state, Thresholds.of(settings))


def _deliver(database: Database, targets: Sequence[Target]) -> list[Sending]:
    if not targets:
        return []

    def taken(message: int, sign: str) -> None:
        with database.transaction() as connection:
            note_delivery(connection, message, sign)

    def tried(message: int) -> None:
        with database.transaction() as connection:
            note_attempt(connection, message, [target.sign for target in targets])

    with database.transaction() as connection:
        messages = waiting(connection)
    return deliver(messages, targets, taken=taken, tried=tried)


def snapshot(connection: Any, settings: Settings) -> Snapshot:
    """The state now."""
    now: datetime = clock(connection)
    holder = holder_of(connection, "poll")
    return Snapshot(
        now=now,
        feeds=tuple(feed_states(connection)),
        mirrors=tuple(mirror_states(connection, settings.sources)),
        oldest_due=oldest_due(connection),
        quarantined=quarantined_since(connection, now - LATELY),
        polling_since=holder.since if holder else None,
        rooms=rooms(settings),
    )


def rooms(settings: Settings) -> tuple[Room, ...]:
    """How much is free where data and site lie, one a disk."""
    found: dict[int, Room] = {}
    for folder in (settings.data, settings.site):
        there = _existing(folder)
        try:
            device, free = there.stat().st_dev, shutil.disk_usage(there).free
        except OSError:
            # A disk that is gone is told by the run that needs it.
            continue
        found.setdefault(device, Room(folder=folder, free=free))
    return tuple(found.values())


def _existing(folder: Path) -> Path:
    return next(each for each in (folder, *folder.parents) if each.exists())


def standing_alerts(database: Database, settings: Settings) -> dict[str, Any]:
    """The object that `finews alerts list --json` prints: `{targets, alerts, messages}`."""
    signs = {each.sign: each.name for each in targets_of(settings.alert_targets)}
    with database.transaction() as connection:
        alerts = watch_of(connection).alerts
        messages = newest_messages(connection, _MESSAGES_TOLD)
    return {
        "targets": list(signs.values()),
        "alerts": [alert_json(each) for each in (*absence(settings), *alerts)],
        "messages": [_message_json(each, signs) for each in messages],
    }


def try_targets(settings: Settings, *, now: datetime) -> list[dict[str, Any]]:
    """Sends a test message to every target: `[{target, error}]`; asks no database."""
    message = trial(now=now, console=settings.ui_address)
    return [
        {"target": each.name, "error": send(each, message)} for each in targets_of(settings.alert_targets)
    ]


def alert_json(alert: Alert) -> dict[str, Any]:
    """`{kind, subject, what, since, state, told}`; a state is `held`, `firing`, `recovering` or `cleared`."""
    state = (
        "recovering"
        if alert.well_at
        else "firing"
        if alert.firing
        else "held"
        if alert.held_at
        else "cleared"
    )
    return {
        "kind": alert.kind,
        "subject": alert.subject,
        "what": alert.what,
        "since": alert.began.astimezone().isoformat(timespec="seconds") if alert.began else None,
        "state": state,
        "told": alert.told,
    }


def _message_json(message: Outgoing, signs: dict[str, str]) -> dict[str, Any]:
    return {
        "at": message.at.astimezone().isoformat(timespec="seconds"),
        "title": message.title,
        "body": message.body,
        "delivered": [signs[each] for each in message.delivered if each in signs],
        "waiting": message.done_at is None,
        "attempts": message.attempts,
    }
