"""Chinese and English: what the browser prefers, unless somebody has chosen."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from babel.core import negotiate_locale
from babel.messages.pofile import read_po
from fastapi import Request

LANGUAGES: Final[Mapping[str, str]] = {"zh": "中文", "en": "English"}
"""Code → its own name. English is what templates are written in."""
COOKIE: Final = "lang"
_CATALOGUES: Final = Path(__file__).parent / "locale"


def language_of(request: Request) -> str:
    """`zh` or `en`: what was chosen, else what the browser would rather read, else English."""
    chosen = request.cookies.get(COOKIE, "")
    return chosen if chosen in LANGUAGES else preferred(request.headers.get("accept-language", ""))


def preferred(header: str) -> str:
    """The one of our languages that an Accept-Language header puts first."""
    wanted = sorted(_weighed(header), key=lambda pair: -pair[1])
    found = negotiate_locale([name for name, _ in wanted], list(LANGUAGES), sep="-")
    return found or "en"


def _weighed(header: str) -> list[tuple[str, float]]:
    found = []
    for part in header[:1000].split(","):
        name, _, parameter = part.strip().partition(";")
        try:
            weight = float(parameter.strip().removeprefix("q=")) if parameter else 1.0
        except ValueError:
            continue
        if name and weight > 0:
            found.append((name.strip(), weight))
    return found


@cache
def words_in(language: str) -> Mapping[str, str | tuple[str, ...]]:
    """English → that language, from all catalogues of `locale/`; a text with a plural has a tuple."""
    found: dict[str, str | tuple[str, ...]] = {}
    for path in sorted((_CATALOGUES / language).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=language, abort_invalid=True):
                if message.id and message.string:
                    key = message.id if isinstance(message.id, str) else message.id[0]
                    found[key] = message.string if isinstance(message.string, str) else tuple(message.string)
    return found


def translated(language: str, text: str) -> str:
    """A text in a language; itself where nobody has translated it."""
    found = words_in(language).get(text, text)
    return found if isinstance(found, str) else found[0]


def translated_number(language: str, one: str, many: str, number: int) -> str:
    """A text with a number in a language, in singular or plural."""
    found = words_in(language).get(one)
    if found is None:
        return one if number == 1 else many
    # Chinese has one form for all numbers.
    return found if isinstance(found, str) else found[0]
