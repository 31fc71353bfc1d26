"""Media names as folder names of the built site."""

import re
from collections.abc import Iterator
from functools import cache
from itertools import count
from typing import Protocol

LONGEST_SLUG = 200
"""A slug names a folder and a file; most file systems end a name at 255 bytes."""

RESERVED = frozenset({"emnews"})
"""Categories of the site that no media name may take: rolling news lives in `emnews`."""

_UNWANTED = re.compile(r"[^A-Za-z0-9._()]+")
_NAMELESS = "media"


class _Reader(Protocol):
    def get_pinyin(self, chars: str, splitter: str = ...) -> str: ...


@cache
def _reader() -> _Reader:
    # Its table of readings is large: it is read when the first slug is asked for, and once.
    from xpinyin import Pinyin

    reader: _Reader = Pinyin()
    return reader


@cache
def _pinyin(character: str) -> str:
    return _reader().get_pinyin(character, "")


def slug(media: str) -> str:
    """The folder name of a media name, at most 200 ASCII characters of `A-Z a-z 0-9 . _ ( ) -`.

    Readings are taken character by character, so that addresses already published stay valid. A name of
    which nothing is left, or only dots, which a path cannot hold, is called `media`.
    """
    latin = "".join(c if c.isascii() else _pinyin(c) for c in media)
    name = _UNWANTED.sub("-", latin).strip("-")[:LONGEST_SLUG].rstrip("-")
    return name if name.strip(".-") else _NAMELESS


def numbered(slug: str, n: int) -> str:
    """The `n`th slug of its kind, `n` from 1: `slug`, `slug-2`, `slug-3`; never over 200 characters."""
    if n < 2:
        return slug
    tail = f"-{n}"
    return slug[: LONGEST_SLUG - len(tail)].rstrip("-") + tail


def candidates(media: str) -> Iterator[str]:
    """The slugs that `media` may have, best first and without end: the first that is free is taken."""
    name = slug(media)
    return (each for n in count(1) if (each := numbered(name, n)) not in RESERVED)
