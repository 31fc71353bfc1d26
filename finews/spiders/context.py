"""What the spiders of one crawl process share."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from .crawl_settings import CrawlSettings
from .health import Health
from .outbox import Outbox
from .robots_shelf import RobotsShelf


@dataclass(kw_only=True)
class CrawlContext:
    """Lives as long as the process: what one spider learned of mirrors and robots.txt, the next one knows.

    `sent` counts HTTP requests by kind since the last message to the parent.
    """

    settings: CrawlSettings
    outbox: Outbox
    shelf: RobotsShelf
    health: Health
    sent: Counter[str] = field(default_factory=Counter)

    def take_sent(self) -> dict[str, int]:
        """The counts so far, which begin anew."""
        counts = dict(self.sent)
        self.sent.clear()
        return counts
