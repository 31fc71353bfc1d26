"""The mark of a leash: a word in the environment of all that a program starts, by which they are found.

Neither parents nor sessions tell it: a worker gives each flow a session of its own, and a killed parent leaves
children to the system.
"""

from __future__ import annotations

import os
import signal
from contextlib import suppress

import psutil

MARK = "FINEWS_LEASH"


def end_marked(number: signal.Signals | None, mark: str | None = None) -> int:
    """Sends a signal to all processes with a mark, by default this one's, but for this one; returns how many there are.

    A database server is left out: others may use it, and it knows when it is not needed.
    """
    wanted, found = mark or os.environ.get(MARK), 0
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if (
                process.pid != os.getpid()
                and wanted
                and process.environ().get(MARK) == wanted
                and process.status() != psutil.STATUS_ZOMBIE
                and not process.name().startswith("postgres")
            ):
                found += 1
                if number is not None:
                    process.send_signal(number)
    return found
