"""The mirror spider: is each mirror there? Its robots.txt is asked for, once, which a day's first crawl does anyway."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime

from .addresses import ROBOTS, origin
from .asking import AskingSpider
from .judge import Answer, judged_status
from .mirror_answer import MirrorAnswer
from .robots import robots_file
from .robots_shelf import Rules


@dataclass(frozen=True, kw_only=True)
class Mirrors:
    """A job that is of all mirrors."""

    job: int


class MirrorSpider(AskingSpider[Mirrors]):
    """Asks every mirror once that may be asked, all at the same time, and sends a MirrorAnswer for each, in order."""

    name = "mirrors"

    async def work(self, wanted: Mirrors) -> None:
        """Asks them all."""
        for answer in await asyncio.gather(*map(self._asked, self.context.settings.asked)):
            await self.context.outbox.send({"got": "mirror", "job": wanted.job, "mirror": asdict(answer)})

    async def _asked(self, base: str) -> MirrorAnswer:
        answer = await self.ask(f"{base}/robots.txt", kind=ROBOTS, mirror=base)
        if isinstance(answer, str):
            return MirrorAnswer(base=base, error=answer)
        refused = judged_status(answer)
        there = refused is None or answer.status in (404, 410)
        if there:
            self._remember(base, answer)
        return MirrorAnswer(
            base=base, error=None if there or refused is None else refused.reason, ahead=_ahead(answer)
        )

    def _remember(self, base: str, answer: Answer) -> None:
        """Whoever comes next in this process need not ask for the file again."""
        file = robots_file(answer.status, answer.body)
        if file:
            rules = self.context.shelf.rules[origin(base)] = asyncio.get_running_loop().create_future()
            rules.set_result(Rules(file))


def _ahead(answer: Answer) -> float | None:
    try:
        told = parsedate_to_datetime(answer.date)
    except ValueError:
        return None
    told = told if told.tzinfo else told.replace(tzinfo=UTC)
    # A date has whole seconds: on average it is half a second older than it says.
    return round((told - answer.at).total_seconds() + 0.5, 1)
