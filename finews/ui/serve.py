"""Serves the console until it is interrupted; what is open then comes to its end, streams of events too."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable
from typing import Final

import uvicorn

from finews.flows.console_key import console_key
from finews.flows.doorkeeper import identities_of
from finews.flows.listening import address_of, listening, refuse_open_door
from finews.flows.loopback import is_local
from finews.schema.database import Database
from finews.schema.settings import Settings
from finews.ui.app import create_app

_GRACE: Final = 5
"""Seconds that requests under way have when the console is to end."""


def serve(settings: Settings, say: Callable[[str], None], show: Callable[[str], None]) -> None:
    """Serves the console; `show` is given its address once it answers.

    Raises ClosedDoorError, AddressTakenError, RequestError, and what the database raises.
    """
    identities_of(settings)
    with listening(settings.ui_host, settings.ui_port) as bound, Database(settings) as database:
        address = address_of(bound, settings.ui_host)
        console_key(settings)
        if not is_local(settings):
            refuse_open_door(database, settings, f"{settings.ui_host}:{bound.getsockname()[1]}")
            if not settings.ui_proxies:
                say("passwords go to this address as they are: a proxy with a certificate belongs before it")
        app = create_app(settings)
        config = uvicorn.Config(
            app,
            # What goes wrong is logged by the application, in words.
            log_level="critical" if not os.environ.get("FINEWS_DEBUG") else "info",
            log_config=None,
            access_log=False,
            server_header=False,
            ws="none",
            proxy_headers=bool(settings.ui_proxies),
            forwarded_allow_ips=list(settings.ui_proxies),
            timeout_graceful_shutdown=_GRACE,
        )

        def stopping() -> None:
            app.state.console.stopping.set()

        server = _Server(config, ready=lambda: show(address), stopping=stopping)
        # A closed terminal is an interrupt here too.
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            signal.signal(signal.SIGHUP, server.handle_exit)
        try:
            server.run(sockets=[bound])
        except KeyboardInterrupt:
            return
        except SystemExit:
            raise getattr(app.state, "broken", None) or RuntimeError("the console did not start") from None


class _Server(uvicorn.Server):
    """Tells when it answers, and tells the streams when it is to end."""

    def __init__(
        self, config: uvicorn.Config, *, ready: Callable[[], None], stopping: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._ready, self._stopping = ready, stopping

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._stopping()
        await super().shutdown(sockets)
