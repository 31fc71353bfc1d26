"""The list of articles that the console shows: by words and filters, newest first, a page in either direction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from finews.flows.highlight import Piece, excerpt, pieces
from finews.flows.search_index import left_to_index
from finews.flows.visible_text import visible_text
from finews.schema.article_list import Brief, briefs, by_state, by_time
from finews.schema.database import Database
from finews.schema.errors import RequestError
from finews.schema.media import media_names
from finews.schema.records import LinkState
from finews.schema.search import Place, Wanted, find

Key = Place | str
"""Where a page begins: a moment and an infoCode; in a list of one state an infoCode."""
A_PAGE: Final = 50


@dataclass(frozen=True, kw_only=True)
class Shown:
    """An article in a list; title and excerpt in parts, those apart that were looked for."""

    brief: Brief
    title: list[Piece]
    excerpt: list[Piece]


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One page of a list. `newer` and `older` are where the pages beside it begin; None where there is none.

    `unindexed` is how many articles the search index does not have yet (10,000 stands for more); None where it was
    not asked.
    """

    items: list[Shown]
    newer: Key | None
    older: Key | None
    unindexed: int | None


def list_articles(
    database: Database,
    wanted: Wanted,
    *,
    state: LinkState | None = None,
    limit: int = A_PAGE,
    after: Key | None = None,
    older: bool = True,
) -> Listed:
    """A page of the articles that have what is wanted: the newest, or those older than `after`, or newer.

    Articles that are here; with `state` those whose links stand in it, here or not. Raises RequestError where the
    page's beginning is of another list, SearchTooLongError.
    """
    if wanted.first and wanted.last and wanted.first > wanted.last:
        raise RequestError(f"{wanted.first} is after {wanted.last}", advice="Begin with the earlier day")
    by_code = state is not None and state is not LinkState.DONE
    if after is not None and isinstance(after, str) is not by_code:
        raise RequestError("this place belongs to another list", advice="Begin at its first page")
    unindexed = None
    if not by_code and not wanted.by_time_alone:
        unindexed = left_to_index(database)
    with database.transaction() as connection:
        keys: Sequence[Key]
        if isinstance(after, str) or by_code:
            assert state is not None
            begin = after if isinstance(after, str) else ""
            keys = by_state(connection, state, wanted, limit + 1, after=begin, older=older)
        elif wanted.by_time_alone:
            keys = by_time(connection, wanted, limit + 1, after=after, older=older)
        else:
            keys = find(connection, wanted, limit + 1, after=after, older=older)
    page: list[Key] = list(keys[:limit])
    more = len(keys) > limit
    if not older:
        page.reverse()
    with database.transaction() as connection:
        known = briefs(connection, [_code(key) for key in page], bodies=bool(wanted.words))
    return Listed(
        items=[_shown(known[_code(key)], wanted.words) for key in page if _code(key) in known],
        # The page that this one was reached from is there in any case.
        newer=page[0] if page and (more if not older else after is not None) else None,
        older=page[-1] if page and (more if older else after is not None) else None,
        unindexed=unindexed,
    )


def known_media(database: Database) -> list[str]:
    """The names by which articles can be filtered."""
    with database.transaction() as connection:
        return media_names(connection)


def _code(key: Key) -> str:
    return key if isinstance(key, str) else key[1]


def _shown(brief: Brief, words: Sequence[str]) -> Shown:
    return Shown(
        brief=brief,
        title=pieces(brief.title, words),
        excerpt=excerpt(visible_text(brief.body), words) if words else [],
    )
