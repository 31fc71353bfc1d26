"""The articles of a newsroom, and what each mirror answers about them."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from typing import Any

from . import pages, shapes
from .answer import Answer, html_answer, json_answer
from .article import FEEDS, SourceArticle
from .timeline import Timeline

# Rendered article texts kept at once; at some 4 kB each this stays well below 100 MB.
_KEPT_TEXTS = 20_000
_KEPT_LISTS = 5_000


class Shelf:
    """Every article by infoCode and by feed; each method may be called from any thread.

    ``feed_size`` is the most records that a feed lists; ``total_as_text`` makes a search's total a string.
    """

    def __init__(
        self, articles: Iterable[SourceArticle], *, feed_size: int, total_as_text: bool = False
    ) -> None:
        self._lock = threading.RLock()
        self._articles = {article.info_code: article for article in articles}
        known = self._articles.values()
        self._all = Timeline(article.sort_key for article in known)
        self._feeds = {
            name: Timeline(article.sort_key for article in known if name in article.feeds) for name in FEEDS
        }
        self._feed_size = feed_size
        self._total_as_text = total_as_text
        self._withheld: dict[str, set[int]] = {}
        self._withdrawn: dict[str, int] = {}
        self._texts: dict[str, Answer] = {}
        self._lists: dict[tuple[object, ...], Answer] = {}

    def __len__(self) -> int:
        return len(self._articles)

    def __contains__(self, info_code: object) -> bool:
        return info_code in self._articles

    def articles(self) -> list[SourceArticle]:
        """All articles that are not withdrawn, newest first."""
        with self._lock:
            return [self._articles[code] for code in self._all]

    def publish(self, article: SourceArticle) -> None:
        """Add an article, or put it in the place of the one with its infoCode."""
        with self._lock:
            self._take_out(article.info_code)
            self._withdrawn.pop(article.info_code, None)
            self._articles[article.info_code] = article
            self._all.add(article.sort_key)
            for name in article.feeds:
                self._feeds[name].add(article.sort_key)
            self._lists.clear()

    def edit(self, info_code: str, fields: Mapping[str, Any]) -> SourceArticle:
        """Replace fields of an article; KeyError if there is none, TypeError for an unknown field."""
        if "info_code" in fields:
            raise TypeError("an infoCode cannot be edited")
        with self._lock:
            article = self._articles[info_code].evolve(**fields)
            self.publish(article)
            return article

    def withdraw(self, info_code: str, status: int) -> None:
        """Take an article out of everything: ``status`` answers for it from now on. KeyError if unknown."""
        with self._lock:
            if info_code not in self._articles:
                raise KeyError(info_code)
            self._take_out(info_code)
            self._withdrawn[info_code] = status
            self._lists.clear()

    def withhold(self, info_code: str, mirror: int) -> None:
        """Let one mirror lack an article's text and pages; feeds and search still list it there."""
        with self._lock:
            self._withheld.setdefault(info_code, set()).add(mirror)

    def restore(self, info_code: str) -> None:
        """Undo every :meth:`withhold` of an article."""
        with self._lock:
            self._withheld.pop(info_code, None)

    def text(self, info_code: str, mirror: int) -> Answer:
        """The article text, or 404 or 410."""
        with self._lock:
            article = self._held(info_code, mirror)
            if article is None or article.page_only:
                status = self._withdrawn.get(info_code, 404)
                return json_answer({"id": info_code, "message": "资讯不存在"}, status=status)
            answer = self._texts.get(info_code)
            if answer is None:
                if len(self._texts) >= _KEPT_TEXTS:
                    self._texts.clear()
                answer = self._texts[info_code] = json_answer(shapes.article_text(article))
            return answer

    def share(self, info_code: str, mirror: int) -> Answer:
        """What a share link answers: the shell, or the whole article if it is ``page_only``."""
        with self._lock:
            article = self._held(info_code, mirror)
            if article is None and info_code in self._withdrawn:
                return html_answer(pages.NOT_FOUND, status=self._withdrawn[info_code])
            if article is not None and article.page_only:
                return html_answer(pages.rendered_article(article))
            return html_answer(pages.SHARE_SHELL)

    def page(self, info_code: str, mirror: int) -> Answer:
        """The server-rendered page of a ``page_only`` article, or 404 or 410."""
        with self._lock:
            article = self._held(info_code, mirror)
            if article is None or not article.page_only:
                return html_answer(pages.NOT_FOUND, status=self._withdrawn.get(info_code, 404))
            return html_answer(pages.rendered_article(article))

    def feed(self, name: str, count: int | None) -> Answer:
        """The newest ``count`` records of a feed; 404 for a feed that does not exist."""
        if name not in self._feeds:
            return json_answer({"message": "栏目不存在"}, status=404)
        wanted = self._feed_size if count is None else min(max(count, 0), self._feed_size)
        with self._lock:
            key = ("feed", name, wanted)
            answer = self._lists.get(key)
            if answer is None:
                self._make_room()
                listed = (self._articles[code] for code in self._feeds[name].newest_first(0, wanted))
                answer = self._lists[key] = json_answer(shapes.feed(name, listed), tagged=True)
            return answer

    def search(self, query: Mapping[str, str], page: int, limit: int) -> Answer:
        """One page (from 1) of ``limit`` results, newest first.

        An article must contain ``title``, ``text`` and ``source`` of the query, and carry one of its
        ``securityCodes``.
        """
        start = (page - 1) * limit
        asked = tuple(query.get(key, "") for key in ("title", "text", "source", "securityCodes"))
        with self._lock:
            key = ("search", page, limit, *asked)
            answer = self._lists.get(key)
            if answer is None:
                self._make_room()
                if any(asked):
                    matching = [code for code in self._all if _matches(self._articles[code], *asked)]
                    total, codes = len(matching), matching[start : start + limit]
                else:
                    total, codes = len(self._all), self._all.newest_first(start, start + limit)
                found = (self._articles[code] for code in codes)
                number = str(total) if self._total_as_text else total
                answer = self._lists[key] = json_answer(shapes.search(found, number))
            return answer

    def another_text(self, info_code: str | None) -> Answer:
        """The text of the newest article that is not ``info_code``; 404 if there is none."""
        with self._lock:
            for code in self._all:
                if code != info_code and not self._articles[code].page_only:
                    return self.text(code, -1)
            return json_answer({"message": "资讯不存在"}, status=404)

    def _make_room(self) -> None:
        if len(self._lists) >= _KEPT_LISTS:
            self._lists.clear()

    def _held(self, info_code: str, mirror: int) -> SourceArticle | None:
        return None if mirror in self._withheld.get(info_code, ()) else self._articles.get(info_code)

    def _take_out(self, info_code: str) -> None:
        old = self._articles.pop(info_code, None)
        self._texts.pop(info_code, None)
        if old is not None:
            self._all.discard(old.sort_key)
            for name in old.feeds:
                self._feeds[name].discard(old.sort_key)


def _matches(article: SourceArticle, title: str, text: str, source: str, codes: str) -> bool:
    return (
        title in article.title
        and text in article.body
        and (source in article.medianame or source in article.from_)
        and (not codes or any(code in article.codes for code in codes.split(",")))
    )
