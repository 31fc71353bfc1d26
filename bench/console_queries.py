"""What the console's pages ask of the database, each by a name, with other words and filters each time.

To add one: a function from a `Stock` to what one view of the page asks for, in QUERIES under the page's name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, Final

from bench.console_ledger import LEDGER
from bench.console_ledger import Ask as AskPlainly
from bench.console_pages import PAGES
from bench.console_stock import DAYS, FIRST, Vocabulary
from finews.flows.article_view import view_article
from finews.flows.articles import Key, Listed, list_articles
from finews.flows.standing import trace
from finews.flows.why import why
from finews.schema.database import Database
from finews.schema.records import LinkState
from finews.schema.search import Wanted
from finews.schema.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Stock:
    """What is there to be asked for. `codes` are some articles that are here, `unsettled` some that are not."""

    database: Database
    settings: Settings
    vocabulary: Vocabulary
    codes: list[str]
    unsettled: list[str]
    chance: Random = field(default_factory=lambda: Random(5))

    def word(self, first: int, last: int, length: int = 2) -> str:
        """A word of this length whose frequency has a rank between two (0: the most frequent one)."""
        words = [each for each in self.vocabulary.words[first:last] if len(each) == length]
        return self.chance.choice(words)

    @property
    def media(self) -> str:
        """A media name, any of them."""
        return self.chance.choice(self.vocabulary.media)

    @property
    def security(self) -> str:
        """A security's code or name, one of the hundred that are named most among them."""
        most = self.chance.choice((100, len(self.vocabulary.securities)))
        return self.chance.choice(self.chance.choice(self.vocabulary.securities[:most]))

    @property
    def days(self) -> tuple[date, date]:
        """Some weeks."""
        first = (FIRST + timedelta(days=self.chance.randrange(DAYS - 30))).date()
        return first, first + timedelta(days=self.chance.randrange(1, 30))

    @property
    def place(self) -> tuple[datetime, str]:
        """Somewhere deep in the list."""
        return FIRST + timedelta(days=DAYS * self.chance.random()), "NW99999999999999999"


def found(stock: Stock, *, after: Key | None = None, older: bool = True, **wanted: Any) -> Listed:
    """A page of the list."""
    return list_articles(stock.database, Wanted(**wanted), after=after, older=older)


def days_of(stock: Stock) -> Mapping[str, Any]:
    """Some weeks, as filters."""
    first, last = stock.days
    return {"first": first, "last": last}


Ask = Callable[[Stock], object]

SEARCH: Final[Mapping[str, Ask]] = {
    "search: a very common word": lambda s: found(s, words=(s.word(0, 60),)),
    "search: a common word": lambda s: found(s, words=(s.word(100, 1000),)),
    "search: a word of some thousands": lambda s: found(s, words=(s.word(1000, 4000),)),
    "search: a rare word": lambda s: found(s, words=(s.word(10_000, 30_000),)),
    "search: a word that is nowhere": lambda s: found(s, words=("龘" + s.word(0, 9000)[0],)),
    "search: one character": lambda s: found(s, words=(s.word(0, 9000)[0],)),
    "search: four characters": lambda s: found(s, words=(s.word(100, 30_000, 4),)),
    "search: two common words": lambda s: found(s, words=(s.word(0, 300), s.word(0, 300))),
    "search: a common and a rare word": lambda s: found(s, words=(s.word(0, 300), s.word(9000, 30_000))),
    "search: a headline": lambda s: found(s, words=("".join(s.word(0, 9000) for _ in range(6)),)),
    "search: a common word, deep": lambda s: found(s, words=(s.word(0, 1000),), after=s.place),
    "search: a common word, back": lambda s: found(s, words=(s.word(0, 1000),), after=s.place, older=False),
    "search: a rare word, deep": lambda s: found(s, words=(s.word(5000, 30_000),), after=s.place),
    "search: a common word and a media": lambda s: found(s, words=(s.word(0, 1000),), media=s.media),
    "search: a word and some weeks": lambda s: found(s, words=(s.word(0, 9000),), **days_of(s)),
    "search: a word and a security": lambda s: found(s, words=(s.word(0, 9000),), security=s.security),
    "search: a word, edited": lambda s: found(s, words=(s.word(0, 9000),), edited=True),
    "search: a word, media, weeks, security": lambda s: found(
        s, words=(s.word(0, 1000),), media=s.media, security=s.security, **days_of(s)
    ),
}
LISTS: Final[Mapping[str, Ask]] = {
    "list: the newest": found,
    "list: deep": lambda s: found(s, after=s.place),
    "list: deep, back": lambda s: found(s, after=s.place, older=False),
    "list: some weeks": lambda s: found(s, **days_of(s)),
    "list: a media": lambda s: found(s, media=s.media),
    "list: rolling news": lambda s: found(s, media=""),
    "list: a security": lambda s: found(s, security=s.security),
    "list: edited": lambda s: found(s, edited=True),
    "list: edited, a media, deep": lambda s: found(s, edited=True, media=s.media, after=s.place),
    "list: gone": lambda s: list_articles(s.database, Wanted(), state=LinkState.GONE),
    "list: in quarantine, some weeks": lambda s: list_articles(
        s.database, Wanted(**days_of(s)), state=LinkState.QUARANTINED
    ),
}
ARTICLE: Final[Mapping[str, Ask]] = {
    "article": lambda s: view_article(s.database, s.settings, s.chance.choice(s.codes)),
    "article: trace": lambda s: trace(s.database, s.settings, s.chance.choice(s.codes)),
    "why: in trouble": lambda s: why(s.database, s.settings, s.chance.choice(s.unsettled)),
    "why: never seen": lambda s: why(s.database, s.settings, s.chance.choice(s.codes)[:-10] + "9999999999"),
}


def _plainly(ask: AskPlainly) -> Ask:
    return lambda s: ask(s.database, s.settings, s.chance)


QUERIES: Final[Mapping[str, Ask]] = {
    **SEARCH,
    **LISTS,
    **ARTICLE,
    **{name: _plainly(ask) for name, ask in {**LEDGER, **PAGES}.items()},
}
"""Name → what a view of the page asks for."""
