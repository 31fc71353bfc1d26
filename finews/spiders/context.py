"""What the spiders of one crawl process share."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime

from finews.schema.tally import Tallies, Tally

from .crawl_settings import CrawlSettings
from .health import Health
from .outbox import Outbox
from .robots_shelf import RobotsShelf


@dataclass(kw_only=True)
class CrawlContext:
    """Lives as long as the process: what one spider learned of mirrors and robots.txt, the next one knows.

    `sent` counts HTTP requests by kind since the last message to the parent, `heard` what mirrors answered to them,
    by mirror and hour.
    """

    settings: CrawlSettings
    outbox: Outbox
    shelf: RobotsShelf
    health: Health
    sent: Counter[str] = field(default_factory=Counter)
    heard: Tallies = field(default_factory=Tallies)

    def take_sent(self) -> dict[str, int]:
        """The counts so far, which begin anew."""
        counts = dict(self.sent)
        self.sent.clear()
        return counts

    def hear(self, mirror: str, tally: Tally) -> None:
        """Counts what a mirror has just answered."""
        self.heard.count(mirror, datetime.now(UTC), tally)
