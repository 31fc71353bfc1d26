"""`finews up --demo`: the service on the bundled newsroom, which keeps publishing, in a folder of its own."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from finews.flows.demo import demo_environment, make_room
from finews.flows.local_prefect import free_ports
from finews.schema.settings import Settings
from finews.schema.ui_settings import UiSettings

_MIRRORS: Final = 3
_ARTICLES: Final = 60
_A_SECOND: Final = 0.2
"""Articles that the newsroom publishes each second."""
_POLL_SECONDS: Final = 20
_KEPT: Final = (
    "FINEWS_POLL_SECONDS",
    "FINEWS_UP_PORT",
    *(f"FINEWS_{name.upper()}" for name in UiSettings.model_fields),
)
"""Settings of the operator that a demo heeds."""


@contextmanager
def demo_service(operator: Settings) -> Iterator[tuple[Settings, Mapping[str, Sequence[str]]]]:
    """Settings of a service under `FINEWS_HOME/up-demo`, made anew, and the newsroom beside it, as a program."""
    home = operator.data / "up-demo"
    make_room(home)
    ports = free_ports(_MIRRORS)
    newsroom = [
        *(sys.executable, "-m", "finews.newsroom", "--live-dates"),
        *("--articles", str(_ARTICLES), "--rate", str(_A_SECOND)),
        *(word for port in ports for word in ("--port", str(port))),
    ]
    heeded = {name: os.environ[name] for name in _KEPT if os.environ.get(name)}
    more = {"FINEWS_POLL_SECONDS": str(_POLL_SECONDS), **heeded}
    with demo_environment(home, [f"http://127.0.0.1:{port}" for port in ports], more):
        yield Settings.load(), {"newsroom": newsroom}
