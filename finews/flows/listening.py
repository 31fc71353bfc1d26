"""Where the console listens, and whether it may: to others than this machine only with a password."""

from __future__ import annotations

import socket
from typing import Final

from finews.flows.doorkeeper import identities_of
from finews.flows.loopback import is_local
from finews.schema.accounts import passwords_exist
from finews.schema.database import Database
from finews.schema.errors import AddressTakenError, ClosedDoorError, RequestError
from finews.schema.settings import Settings

_WAITING: Final = 256
_ADVICE: Final = (
    "Set FINEWS_UI_PASSWORD, or make an account with `finews accounts add NAME --role operator`; "
    "without one it listens on 127.0.0.1 only"
)


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens there. Raises AddressTakenError, and RequestError for a host that there is not."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError):
        raise RequestError(f"{host} is no address of this machine", advice="Set FINEWS_UI_HOST") from None
    # Where a name has addresses of both kinds, the one that everybody types.
    family, _, _, _, place = min(found, key=lambda each: each[0] != socket.AF_INET)
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(place)
        bound.listen(_WAITING)
    except OSError as error:
        bound.close()
        raise AddressTakenError(
            f"{host}:{port} ({error.strerror or error})",
            advice="Choose another with --host, --port, FINEWS_UI_HOST or FINEWS_UI_PORT",
        ) from None
    return bound


def address_of(bound: socket.socket, host: str) -> str:
    """What to type into a browser on this machine."""
    port = bound.getsockname()[1]
    # Whoever listens everywhere is at home here too.
    name = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def refuse_open_door(database: Database, settings: Settings, where: str) -> None:
    """Raises ClosedDoorError where nobody could be asked for a password."""
    if identities_of(settings):
        return
    with database.transaction() as connection:
        if not passwords_exist(connection, usable=True):
            raise ClosedDoorError(where, advice=_ADVICE)


def console_place(database: Database, settings: Settings) -> tuple[int, str]:
    """Port and address of a console that another process is about to serve.

    The usual port may be somebody else's, where nobody has asked for it: then it is a free one. Raises
    ClosedDoorError, AddressTakenError and RequestError, as that process would.
    """
    try:
        bound = listening(settings.ui_host, settings.ui_port)
    except AddressTakenError:
        if "ui_port" in settings.model_fields_set:
            raise
        bound = listening(settings.ui_host, 0)
    with bound:
        port, address = bound.getsockname()[1], address_of(bound, settings.ui_host)
        if not is_local(settings):
            refuse_open_door(database, settings, f"{settings.ui_host}:{port}")
    return port, address
