"""A newsroom that publishes by itself, so many articles a second."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime

from .article import CHINA, SourceArticle


async def grow(
    publish: Callable[[SourceArticle], None],
    pool: Iterable[SourceArticle],
    rate: float,
    *,
    live_dates: bool,
) -> None:
    """Publish ``rate`` articles a second until the pool is empty.

    ``live_dates`` gives each the date of its appearance, in place of its own.
    """
    loop = asyncio.get_running_loop()
    begun = loop.time()
    for published, article in enumerate(pool):
        # A late one does not put off those after it.
        await asyncio.sleep(max(begun + (published + 1) / rate - loop.time(), 0))
        publish(article.moved_to(datetime.now(CHINA)) if live_dates else article)
