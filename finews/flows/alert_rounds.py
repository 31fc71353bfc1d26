"""Checks for alerts beside something else, one a minute: they do not need Prefect, which may be what is away."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from finews.flows.alerts import check_all
from finews.schema.settings import Settings

_EVERY: Final = 60.0
_log = logging.getLogger(__name__)


@contextmanager
def checked_beside(
    settings: Settings, say: Callable[[str], None], *, every: float = _EVERY
) -> Iterator[None]:
    """Checks once, and then again and again for the block; `say` hears of each message that was sent or was not."""
    _check(settings, say)
    over = threading.Event()

    def rounds() -> None:
        while not over.wait(every):
            _check(settings, say)

    thread = threading.Thread(target=rounds, name="alerts", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _check(settings: Settings, say: Callable[[str], None]) -> None:
    try:
        found = check_all(settings)
    except Exception as error:  # noqa: BLE001 - a watch that ends tells nobody of anything any more
        _log.warning("the check for alerts failed (%s: %s)", type(error).__name__, error)
        return
    for each in found.sendings:
        how = f"NOT sent to {each.target}: {each.error}" if each.error else f"sent to {each.target}"
        say(f"{each.title}: {how}")
