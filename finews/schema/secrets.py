"""What of a database's address is secret: passwords, and whatever else libpq itself would not show."""

from __future__ import annotations

from typing import Final

from psycopg import ProgrammingError, pq
from psycopg.conninfo import conninfo_to_dict

_HIDDEN: Final = b"*"
"""How libpq marks what a form asks for with dots in place of letters: `password`, `sslpassword`, …"""
_KEYS: Final = frozenset({"scram_client_key", "scram_server_key"})
"""As good as a password, and not marked so."""
_TOO_SHORT: Final = 3
"""A word as short as this would only be shown to be the password by being replaced."""


def secrets_of(address: str) -> dict[str, str]:
    """The secret parts of an address by their names; none where it is no address."""
    try:
        given = conninfo_to_dict(address)
        options = pq.Conninfo.parse(address.encode())
    except (ProgrammingError, UnicodeEncodeError):
        return {}
    names = _KEYS | {each.keyword.decode() for each in options if each.dispchar == _HIDDEN}
    return {name: str(value) for name, value in given.items() if name in names and value}


def without_secrets_of(address: str, text: str) -> str:
    """`text` with `***` in place of every secret of an address."""
    words = [each for each in secrets_of(address).values() if len(each) > _TOO_SHORT]
    for word in sorted(words, key=len, reverse=True):
        text = text.replace(word, "***")
    return text
