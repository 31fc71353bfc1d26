"""Who acts: kept with what is forgotten and discarded."""

from __future__ import annotations

import getpass


def operator() -> str:
    """The name of this process's user."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
