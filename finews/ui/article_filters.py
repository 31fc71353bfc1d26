"""What a list of articles is asked for, read from an address and written into one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import Depends, Query

from finews.flows.articles import Key
from finews.flows.post import ROLLING_TAG
from finews.flows.search_text import words_of
from finews.schema.errors import RequestError
from finews.schema.records import LinkState
from finews.schema.search import Wanted
from finews.ui.cursor import cursor, place

_ADDRESS: Final = "/articles"
Text = Annotated[str, Query(max_length=200)]


@dataclass(frozen=True, kw_only=True)
class Filters:
    """The filters as they were given; empty: none."""

    words: str = ""
    media: str = ""
    first: str = ""
    last: str = ""
    security: str = ""
    state: str = ""
    edited: bool = False

    @property
    def wanted(self) -> Wanted:
        """What articles have to have; raises RequestError where that makes no sense."""
        return Wanted(
            words=words_of(self.words),
            media="" if self.media == ROLLING_TAG else self.media or None,
            security=self.security or None,
            first=_day(self.first),
            last=_day(self.last),
            edited=self.edited,
        )

    @property
    def link_state(self) -> LinkState | None:
        """The state in which links have to stand; None: articles that are here. Raises RequestError."""
        if not self.state:
            return None
        try:
            return LinkState(self.state)
        except ValueError:
            known = ", ".join(LinkState)
            raise RequestError(f"{self.state!r} is no state", advice=f"States are {known}") from None

    @property
    def given(self) -> Mapping[str, str]:
        """The parameters of an address with these filters."""
        named = {
            "words": self.words,
            "media": self.media,
            "from": self.first,
            "to": self.last,
            "security": self.security,
            "state": self.state,
            "edited": "1" if self.edited else "",
        }
        return {name: value for name, value in named.items() if value}

    def address(self, **more: str | None) -> str:
        """The address of the list with these filters, and more parameters; one that is None is taken out."""
        given = {name: value for name, value in {**self.given, **more}.items() if value is not None}
        return f"{_ADDRESS}?{urlencode(given)}" if given else _ADDRESS

    def place(self, text: str) -> Key | None:
        """Where a page begins, of what `written` wrote; None where nothing is said. Raises RequestError."""
        if not text:
            return None
        if self.link_state in (None, LinkState.DONE):
            moment, code = place(text, (datetime, str))
            assert isinstance(moment, datetime)
            assert isinstance(code, str)
            return moment, code
        (code,) = place(text, (str,))
        assert isinstance(code, str)
        return code


def filters_of(
    words: Annotated[
        str,
        Query(
            max_length=2000, description='Words, all of which title or text hold; `"in quotes"` with blanks'
        ),
    ] = "",
    media: Annotated[
        str, Query(max_length=200, description=f"A media name; {ROLLING_TAG}: rolling news")
    ] = "",
    first: Annotated[str, Query(alias="from", max_length=10, description="The first day, YYYY-MM-DD")] = "",
    last: Annotated[str, Query(alias="to", max_length=10, description="The last day, YYYY-MM-DD")] = "",
    security: Annotated[
        str, Query(max_length=100, description="A security that it names: code or name")
    ] = "",
    state: Annotated[
        str,
        Query(max_length=20, description="The state of its link; empty or `done`: articles that are here"),
    ] = "",
    edited: Annotated[bool, Query(description="Only what the source has changed")] = False,
) -> Filters:
    """The filters that an address gives. Raises RequestError where one is no text of ours."""
    given = Filters(
        words=words.strip(),
        media=media.strip(),
        first=first.strip(),
        last=last.strip(),
        security=security.strip(),
        state=state,
        edited=edited,
    )
    if any("\0" in value for value in given.given.values()):
        raise RequestError("a filter holds a character that no text has")
    return given


Filtered = Annotated[Filters, Depends(filters_of)]
"""A handler's parameter: the filters of its address."""


def written(key: Key) -> str:
    """The place of a list at which a page begins, for an address."""
    return cursor(key) if isinstance(key, str) else cursor(*key)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise RequestError(f"{text!r} is no day", advice="Write it like 2026-03-10") from None
