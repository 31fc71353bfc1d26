"""A crawl process: `python -m finews.spiders.child FD`, where FD is its end of the parent's pipe.

It works for its parent alone: it ends when the pipe does, and leaves Ctrl-C to the parent.
"""

from __future__ import annotations

import signal
import sys


def main() -> None:
    """Runs until the parent is gone."""
    # The parent started us with SIGINT held back, so that none comes before this line.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})

    import socket

    from .frames import Frames
    from .inbox import Inbox

    end = socket.socket(fileno=int(sys.argv[1]))
    inbox = Inbox(Frames(end))

    import asyncio
    import gc
    import logging

    from .child_work import work

    # Scrapy logs every hiccup of a mirror; the parent hears of those as outcomes.
    logging.basicConfig(level=logging.ERROR)
    # What was imported stays; looking through it for cycles takes a tenth of a crawl.
    gc.freeze()
    asyncio.run(work(inbox, end))


if __name__ == "__main__":
    main()
