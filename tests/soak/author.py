"""The author behind the newsroom: publishes, edits and takes back articles, and keeps the truth about each."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any, Final

from finews.newsroom import RemoteNewsroom, SourceArticle, generate
from finews.newsroom.growth import grow

HARD_EVERY: Final = 8
"""Each so-many-th article is a hard one."""
MOST_EDITS: Final = 3
_SEPARATE: Final = "<p>本段另起。</p>"
_ODD_TITLE: Final = '"引号" {{ site.x }} <b>粗</b> *星* [链](javascript:1) $$x$$：'

HARD: Final[Mapping[str, tuple[str, dict[str, Any]]]] = {
    "page_only": (
        "new",
        {"page_only": True, "feeds": ("37",), "medianame": "样本财经报", "from_": "样本财经报"},
    ),
    "odd_title": ("new", {"feeds": ("38",), "medianame": "样本财经报"}),
    "lent_by_feed": (
        "new",
        {"feeds": ("39",), "medianame": "样本财经报", "extra": {"title": "", "date": None, "medianame": ""}},
    ),
    "held_by_one_mirror": ("new", {"feeds": ("37",), "medianame": "样本财经报"}),
    "long": ("new", {"feeds": ("headlines",), "from_": "样本财经报"}),
    "no_media": ("media_missing", {"feeds": ("37",), "medianame": "", "from_": "", "body": _SEPARATE}),
    "no_title": ("title_missing", {"feeds": ("38",), "medianame": "样本财经报", "title": ""}),
    "no_body": ("body_empty", {"feeds": ("39",), "medianame": "样本财经报", "body": ""}),
}
"""Kind → what must become of it (`new`, or the reason of its quarantine), and what makes it hard."""


@dataclass(kw_only=True)
class Story:
    """One article and what must become of it. `marker` is text of its body, and of no other's."""

    article: SourceArticle
    kind: str
    expected: str
    published: float
    marker: str
    titles: list[str] = field(default_factory=list)
    """Of each edition, the first one included."""
    seen: bool = False
    """Whether the pipeline told its right outcome."""
    asked_for: bool = True
    """False after an edit, until the pipeline has seen it."""
    withdrawn: bool = False

    @property
    def listed(self) -> bool:
        """Whether a feed names it: what none names nobody can find."""
        return bool(self.article.feeds)


class Author:
    """Publishes `rate` articles a second from `start` to `stop`; every method may be called from any thread."""

    def __init__(self, newsroom: RemoteNewsroom, *, seed: int, rate: float) -> None:
        self._newsroom, self._seed, self._rate = newsroom, seed, rate
        self._random = Random(seed)
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="author", daemon=True)
        self._kinds: dict[str, str] = {}
        self.stories: dict[str, Story] = {}
        self.edits = 0

    def start(self) -> None:
        """Begins."""
        self._thread.start()

    def stop(self) -> None:
        """Publishes nothing more."""
        self._over.set()
        self._thread.join()

    def told(self, articles: Iterable[Mapping[str, Any]]) -> None:
        """Takes what the pipeline told: `[{info_code, outcome, reason}]`."""
        with self._lock:
            for each in articles:
                story = self.stories.get(each["info_code"])
                if story is None:
                    continue
                right = each["reason"] if each["outcome"] == "quarantined" else "new"
                if each["outcome"] in ("new", "updated", "unchanged", "quarantined"):
                    story.seen = story.seen or right == story.expected
                if each["outcome"] in ("updated", "unchanged"):
                    story.asked_for = True

    def edit(self, number: int) -> None:
        """Edits so many articles that the pipeline has, at most three times each, never one whose edit it lacks."""
        with self._lock:
            able = [each for each in self.stories.values() if _editable(each)]
            chosen = self._random.sample(able, min(number, len(able)))
        for story in chosen:
            edition = len(story.titles)
            title = f"{story.titles[0]}（更正{edition}）"
            body = f"{story.article.body}<p>更正第{edition}次</p>"
            with self._lock:
                story.titles.append(title)
                story.asked_for = False
                self.edits += 1
            self._newsroom.edit(story.article.info_code, title=title, body=body)

    def edited(self) -> list[str]:
        """InfoCodes whose edit the pipeline has not seen yet."""
        with self._lock:
            return [code for code, story in self.stories.items() if not story.asked_for]

    def take_back(self, older_than: float) -> None:
        """Takes articles of so many seconds' age from the newsroom, where the pipeline has them.

        The newsroom keeps all that it serves: without this its memory would grow with its articles.
        """
        now = time.monotonic()
        with self._lock:
            old = [
                each
                for each in self.stories.values()
                if not each.withdrawn
                and each.asked_for
                and (each.seen or not each.listed)
                and now - each.published > older_than
            ]
            for story in old:
                story.withdrawn = True
        for story in old:
            self._newsroom.withdraw(story.article.info_code, status=410)
            self._newsroom.restore(story.article.info_code)

    def _run(self) -> None:
        asyncio.run(grow(self._publish, self._pool(), self._rate, live_dates=True))

    def _pool(self) -> Iterator[SourceArticle]:
        hard = list(HARD)
        for number, article in zip(count(1), generate(seed=self._seed), strict=False):
            if self._over.is_set():
                return
            kind = hard[number // HARD_EVERY % len(hard)] if number % HARD_EVERY == 0 else "plain"
            self._kinds[article.digits[8:]] = kind
            yield _made(article, kind)

    def _publish(self, article: SourceArticle) -> None:
        kind = self._kinds.pop(article.digits[8:])
        code = article.info_code
        if kind == "held_by_one_mirror":
            for mirror in (0, 1):
                self._newsroom.withhold(code, mirror=mirror)
        story = Story(
            article=article,
            kind=kind,
            expected=HARD[kind][0] if kind in HARD else "new",
            published=time.monotonic(),
            marker=_marker(article),
            titles=[article.title],
        )
        with self._lock:
            self.stories[code] = story
        self._newsroom.publish(article)


def _made(article: SourceArticle, kind: str) -> SourceArticle:
    marked = article.evolve(body=f"{article.body}<p>{_marker(article)}</p>")
    if kind == "plain":
        return marked
    hard = marked.evolve(**{"body_field": "text", **HARD[kind][1]})
    if kind == "odd_title":
        return hard.evolve(title=_ODD_TITLE + article.title)
    return hard.evolve(body=_SEPARATE * 4000 + hard.body) if kind == "long" else hard


def _marker(article: SourceArticle) -> str:
    return f"稿件编号{article.digits[8:]}。"


def _editable(story: Story) -> bool:
    return (
        story.kind == "plain"
        and story.seen
        and story.asked_for
        and not story.withdrawn
        and len(story.titles) <= MOST_EDITS
    )
