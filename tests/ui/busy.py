"""A day at a desk: a newsroom whose articles came through the real pipeline, hour by hour, some with trouble."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from finews.newsroom import Newsroom, SourceArticle
from finews.schema.records import CHINA
from tests.databases import Server
from tests.pipeline.desk import Desk, article

MEDIA = (
    "新浪财经",
    "证券时报网",
    "上海证券报",
    "<b>第一财经</b>",
    "样本财经报",
    "每日经济新闻",
    "经济参考报",
    "界面新闻",
)
ARTICLES = 60


def of_the_day(number: int, now: datetime) -> SourceArticle:
    """One of the day's articles; each seventh is rolling news, three lack what a post needs."""
    moment = now.astimezone(CHINA) - timedelta(minutes=23 * number + 1)
    medium = MEDIA[number * number // 5 % len(MEDIA)]
    lacking = {"body": ""} if number in (5, 17, 29) else {}
    return article(
        number,
        info_code=f"NW{moment:%Y%m%d}{number:010d}",
        moment=f"{moment:%Y-%m-%d %H:%M:%S}",
        medianame=medium,
        feeds=("rolling",) if number % 7 == 0 else ("37", "headlines"),
        **lacking,
    )


@contextmanager
def busy_desk(server: Server) -> Iterator[Desk]:
    """A desk whose newsroom published all day and was polled; posts came some seconds after their articles."""
    with (
        Newsroom(articles=()) as newsroom,
        server.database() as address,
        tempfile.TemporaryDirectory(prefix="finews-desk-") as folder,
    ):
        desk = Desk(newsroom=newsroom, address=address, folder=Path(folder))
        now = datetime.now(CHINA)
        desk.publish(*(of_the_day(number, now) for number in range(1, ARTICLES + 1)))
        desk.poll()
        # A day goes by: what one poll brought counts as what polls brought when it was new.
        desk.execute(
            """
            update articles set published_at = least(now(), moment + (8 + 60 * random() ^ 4) * interval '1 second')
            """
        )
        yield desk
