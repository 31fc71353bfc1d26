"""The share-link spider: walks links from mirror to mirror, many side by side."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from time import monotonic
from typing import Final

from finews.schema.records import Fetch

from .asking import AskingSpider
from .exchange import fetch_to_json
from .heard import Heard, unanswered
from .judge import judged
from .walk import Ask, Patience, Wait, Walk

HEAVY: Final = 64 * 1024
"""Bytes from which on a walk keeps its place while it waits: what all waiting walks hold stays small."""


@dataclass
class Links:
    """What comes from the parent for one job: infoCodes, then None.

    `held` when no further one is to be begun, `dropped` when nobody wants them any more.
    """

    job: int
    codes: asyncio.Queue[str | None] = field(default_factory=asyncio.Queue)
    held: bool = False
    dropped: bool = False

    def hold(self, job: int) -> None:
        """No further one is to be begun of this job."""
        self.held |= self.job == job

    def drop(self) -> None:
        """Nobody wants them any more."""
        self.dropped = True
        self.codes.put_nowait(None)


class ShareLinkSpider(AskingSpider[Links]):
    """Takes infoCodes from the links until a None comes, and sends one Fetch for each, or gives it back unasked.

    As many walks are under way as one mirror may have open requests; a walk that only waits makes room for
    another.
    """

    name = "share_links"

    async def work(self, wanted: Links) -> None:
        """Walks every link that comes, until there are no more."""
        settings = self.context.settings
        places, patience = asyncio.Semaphore(settings.concurrency), Patience.of(settings)
        async with asyncio.TaskGroup() as walks:
            while (code := await wanted.codes.get()) is not None:
                walks.create_task(self._walk(code, wanted, places, patience))

    async def _walk(self, code: str, links: Links, places: asyncio.Semaphore, patience: Patience) -> None:
        context = self.context
        walk = Walk(code, context.settings.sources, patience, context.health)
        async with places:
            if links.held:
                await context.outbox.send({"got": "unasked", "job": links.job, "sent": context.take_sent()})
                return
            while not isinstance(step := walk.next(monotonic()), Fetch):
                if links.dropped:
                    return
                if isinstance(step, Wait):
                    await _wait(step.seconds, None if walk.held_bytes > HEAVY else places)
                else:
                    walk.hear(step, await self._heard(code, step), monotonic())
            body = step.payload.body if step.payload else b""
            await context.outbox.send(
                {"got": "fetch", "job": links.job, "fetch": fetch_to_json(step), "sent": context.take_sent()},
                body,
            )

    async def _heard(self, code: str, step: Ask) -> Heard:
        answer = await self.ask(f"{step.mirror}{step.path}", kind=step.part, mirror=step.mirror)
        return unanswered(answer) if isinstance(answer, str) else judged(code, step.part, answer)


async def _wait(seconds: float, places: asyncio.Semaphore | None) -> None:
    """Waits; makes room for another one meanwhile where `places` are given."""
    if places is None:
        await asyncio.sleep(seconds)
        return
    places.release()
    try:
        await asyncio.sleep(seconds)
    finally:
        await places.acquire()
