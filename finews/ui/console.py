"""What every request of a console has at hand: the settings in force and the open database."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, cast

from fastapi import Depends, Request

from finews.schema.database import Database
from finews.schema.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Console:
    """One running console."""

    settings: Settings
    database: Database
    kept: list[Mapping[str, Any]] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)
    """Set when the console comes to its end: what streams has to end by itself then."""


def console_of(request: Request) -> Console:
    """The console that a request came to."""
    return cast(Console, request.app.state.console)


Here = Annotated[Console, Depends(console_of)]
"""A handler's parameter: `def page(console: Here) -> …`."""
