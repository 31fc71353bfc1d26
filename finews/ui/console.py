"""What every request of a console has at hand: the settings in force, the open database, and who keeps the door."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Annotated, cast

from fastapi import Depends, Request

from finews.flows.console_key import ConsoleKey
from finews.flows.doorkeeper import Doorkeeper
from finews.schema.database import Database
from finews.schema.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Console:
    """One running console."""

    settings: Settings
    database: Database
    key: ConsoleKey
    doorkeeper: Doorkeeper
    stopping: threading.Event = field(default_factory=threading.Event)
    """Set when the console comes to its end: what streams has to end by itself then."""


def console_of(request: Request) -> Console:
    """The console that a request came to."""
    return cast(Console, request.app.state.console)


Here = Annotated[Console, Depends(console_of)]
"""A handler's parameter: `def page(console: Here) -> …`."""
