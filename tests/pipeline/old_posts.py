"""Posts of a site that was there before, as an older program may have written them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from finews.flows.post import Post, render
from finews.schema.records import CHINA
from tests.pipeline.desk import article

SHARE = "http://finews.zning.xyz/html_News/NewsShare.html?infoCode="
MOMENT = datetime(2026, 3, 10, 9, 30, tzinfo=CHINA)
MEDIA, CATEGORY = "样本财经报", "yangbencaijingbao"


def code(number: int) -> str:
    """The infoCode of post `number`, the same as that of the desk's article."""
    return article(number).info_code


def path(number: int, *, prefix: str = "NW", folder: str = "_posts") -> str:
    """Where it lies."""
    return f"{folder}/2026-03-10-{prefix}{code(number)[2:]}.md"


def post(number: int = 1, **fields: Any) -> str:
    """The text of a good post."""
    given: dict[str, Any] = {
        "title": f"第{number}条",
        "moment": MOMENT,
        "category": CATEGORY,
        "media": MEDIA,
        "rolling": False,
        "body": f"<p>正文{number}</p>",
        "digest": None,
        "link": f"{SHARE}{code(number)}",
        "site_host": "finews.withounder.com",
    }
    return render(Post(**{**given, **fields}))


def rolling(number: int = 1, **fields: Any) -> str:
    """The text of good rolling news."""
    given: dict[str, Any] = {
        "category": "emnews",
        "media": "",
        "rolling": True,
        "digest": "摘要",
        "link": f"http://finance.eastmoney.com/a/{code(number)[2:]}.html",
    }
    return post(number, **{**given, **fields})


def elsewhere(number: int = 1, **fields: Any) -> str:
    """A good post that today's rendering would give other bytes: its footer names another host."""
    return post(number, site_host="old.example", **fields)


def lay(site: Path, files: dict[str, str | bytes]) -> None:
    """Lays files into a site: path → text."""
    for where, text in files.items():
        (site / where).parent.mkdir(parents=True, exist_ok=True)
        (site / where).write_bytes(text if isinstance(text, bytes) else text.encode())
