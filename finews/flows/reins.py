"""What may bring long work to an early and orderly end: a signal to this process, or a word in the database."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from finews.flows.progress import Progress

_BETWEEN_LOOKS: Final = 0.5
"""Seconds for which an answer of the database is believed."""


class Reins:
    """Whether to stop. `may_go_on` is asked now and then; `interrupted` is set by the first signal."""

    def __init__(self, may_go_on: Callable[[], bool] = lambda: True) -> None:
        self._may_go_on = may_go_on
        self._looked = 0.0
        self._goes_on = True
        self.interrupted = threading.Event()

    def watch(self, may_go_on: Callable[[], bool]) -> None:
        """From now on asks this."""
        self._may_go_on, self._looked, self._goes_on = may_go_on, 0.0, True

    def pulled(self) -> bool:
        """Whether the work is to come to its end now. What says so once is believed for good."""
        if self.interrupted.is_set() or not self._goes_on:
            return True
        now = time.monotonic()
        if now - self._looked >= _BETWEEN_LOOKS:
            self._looked = now
            self._goes_on = self._may_go_on()
        return not self._goes_on


@contextmanager
def gentle_signals(reins: Reins, progress: Progress) -> Iterator[None]:
    """For the block, the first Ctrl-C or SIGTERM asks for an orderly end, and the second is an interrupt.

    Signals reach the main thread alone: in another one nothing is changed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def heed(_number: int, _frame: object) -> None:
        if reins.interrupted.is_set():
            raise KeyboardInterrupt
        reins.interrupted.set()
        progress.say("stopping: what is under way is finished first; once more stops at once")

    # What is ignored (`nohup`) stays ignored.
    numbers = [each for each in _SIGNALS if signal.getsignal(each) is not signal.SIG_IGN]
    before = {number: signal.signal(number, heed) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
