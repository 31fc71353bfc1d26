"""A database that is away is told too: what was told of it stands in a file of the data folder, for want of a database.

The same patience holds as for everything else, and messages are kept in the file until every target has them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from finews.flows.alert_conditions import DATABASE_AWAY
from finews.flows.alert_delivery import Sending, deliver
from finews.flows.alert_targets import Target, targets_of
from finews.flows.alert_watch import Patience, checked
from finews.flows.file_lock import file_lock
from finews.flows.site_file import replace_file
from finews.schema.alert_records import Alert, Condition, Outgoing, Watch
from finews.schema.errors import BusyError, ServiceError
from finews.schema.records import Record
from finews.schema.settings import Settings

_FILE: Final = "alerts-database.json"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Notebook(Record):
    """What the checks so far have left: the watch, and the messages that some target has not got."""

    watch: Watch = field(default_factory=Watch)
    messages: tuple[Outgoing, ...] = ()

    def idle(self, now: datetime, patience: Patience) -> bool:
        """Whether there is nothing to remember; an all-clear is remembered for a while, since trouble comes back."""
        cleared = self.watch.episode.cleared_at
        return not (
            self.watch.alerts or self.messages or (cleared is not None and now - cleared < patience.remind)
        )


_NOTEBOOK: Final = TypeAdapter(Notebook)


def tell_away(
    settings: Settings, error: ServiceError, *, now: datetime
) -> tuple[tuple[Alert, ...], list[Sending]]:
    """Notes that the database cannot be used, and tells it where it is time to: what fires, and what was sent."""
    condition = Condition(
        kind=DATABASE_AWAY, subject="", what=f"the database cannot be used: {error.detail or error}"
    )
    return _look(settings, [condition], now=now)


def tell_back(settings: Settings, *, now: datetime) -> tuple[tuple[Alert, ...], list[Sending]]:
    """Notes that the database is there, and tells it where its absence was told."""
    if not (settings.data / _FILE).exists():
        return (), []
    return _look(settings, [], now=now)


def absence(settings: Settings) -> tuple[Alert, ...]:
    """What is remembered of a database that was away."""
    return _read(settings.data / _FILE).watch.alerts


def _look(
    settings: Settings, conditions: Sequence[Condition], *, now: datetime
) -> tuple[tuple[Alert, ...], list[Sending]]:
    targets, patience = targets_of(settings.alert_targets), Patience.of(settings)
    file = settings.data / _FILE
    try:
        with _alone(file):
            before = _read(file)
            watch, message = checked(
                before.watch,
                conditions,
                now=now,
                patience=patience,
                heard=bool(targets),
                page=settings.console_page,
            )
            book = replace(before, watch=watch)
            if message:
                number = max((each.id for each in book.messages), default=0) + 1
                out = Outgoing(
                    id=number, at=now, title=message.title, body=message.body, delivered=(), attempts=0
                )
                book = replace(book, messages=(*book.messages, out))
            return watch.alerts, _deliver(file, book, targets, now, patience)
    except BusyError:
        return (), []
    except OSError as trouble:
        # Without a memory each check would tell it anew.
        _log.warning("nobody is told of the database: %s (%s)", file, trouble.strerror or trouble)
        return (), []


def _deliver(
    file: Path, book: Notebook, targets: Sequence[Target], now: datetime, patience: Patience
) -> list[Sending]:
    """Keeps the book before anything is sent and after everything that was."""
    known = {each.id: each for each in book.messages}

    def keep() -> None:
        now_in = replace(book, messages=tuple(known.values()))
        if now_in.idle(now, patience):
            file.unlink(missing_ok=True)
        else:
            replace_file(file, _NOTEBOOK.dump_json(now_in, indent=1))

    def taken(number: int, sign: str) -> None:
        known[number] = replace(known[number], delivered=(*known[number].delivered, sign))
        keep()

    def tried(number: int) -> None:
        message = replace(known[number], attempts=known[number].attempts + 1)
        known[number] = message
        if {each.sign for each in targets} <= set(message.delivered):
            del known[number]

    keep()
    if not targets:
        return []
    sendings = deliver(book.messages, targets, taken=taken, tried=tried)
    if book.messages:
        keep()
    return sendings


def _read(file: Path) -> Notebook:
    try:
        return _NOTEBOOK.validate_json(file.read_bytes())
    except FileNotFoundError:
        return Notebook()
    except ValidationError:
        # Told once more is better than not at all.
        _log.warning("%s cannot be read; the watch over the database begins anew", file)
        return Notebook()


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    """Raises BusyError where another check is at it, and OSError where the folder cannot be written."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file_lock(file.with_suffix(".lock"), seconds=0, busy="another check is at it"):
        yield
