"""What an article is found by: its text folded to one spelling, and facts by which it is filtered."""

from __future__ import annotations

import unicodedata
from typing import Final

from finews.flows.visible_text import visible_text
from finews.schema.errors import RequestError
from finews.schema.search import EDITED, facts_of_day, media_fact, security_fact
from finews.schema.search_texts import SearchText, Unindexed

MOST_WORDS: Final = 20
_LONGEST: Final = 200
"""Characters of what somebody looks for: enough for a headline."""
_WIDTHLESS: Final = str.maketrans("", "", "\0\u00ad\u200b\u200c\u200d\u2060\ufeff")


def folded(text: str) -> str:
    """`text` in one width and one case, runs of white space one blank: what words are compared in."""
    text = unicodedata.normalize("NFKC", text.translate(_WIDTHLESS))
    if not text.isascii():
        # Folding a case may take a letter apart.
        return " ".join(unicodedata.normalize("NFKC", text.casefold()).split())
    return " ".join(text.lower().split())


def searched_text(title: str, body: str) -> str:
    """The text that an article is found by: its title, a line break, what a reader sees of its body."""
    return f"{folded(title)}\n{folded(visible_text(body))}"


def search_text(row: Unindexed) -> SearchText:
    """What the index holds of a row."""
    facts = {*facts_of_day(row.moment), media_fact(row.media), *map(security_fact, row.securities)}
    if row.revision > 1:
        facts.add(EDITED)
    return SearchText(
        info_code=row.info_code,
        revision=row.revision,
        moment=row.moment,
        text=searched_text(row.title, row.body),
        facts=tuple(sorted(facts)),
    )


def words_of(text: str) -> tuple[str, ...]:
    """The words that somebody looks for, folded: separated by blanks, or `"in quotes"` where one holds blanks.

    Raises RequestError where they are too many or too long.
    """
    if len(text) > _LONGEST:
        raise RequestError(
            f"{len(text)} characters are too many to look for", advice=f"Ask for {_LONGEST} at most"
        )
    words: dict[str, None] = {}
    for place, part in enumerate(text.replace("“", '"').replace("”", '"').split('"')):
        found = folded(part)
        words |= dict.fromkeys([found] if place % 2 and found else found.split())
    if len(words) > MOST_WORDS:
        raise RequestError(
            f"{len(words)} words are too many to look for", advice=f"Ask for {MOST_WORDS} at most"
        )
    return tuple(words)
