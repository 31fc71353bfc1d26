"""Places in a list that is paged by key: opaque to whoever asks, checked when they come back."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import datetime

from finews.schema.errors import RequestError

Part = str | int | datetime


def cursor(*parts: Part) -> str:
    """The place after an entry with this key, safe in an address."""
    plain = [each.isoformat() if isinstance(each, datetime) else each for each in parts]
    return base64.urlsafe_b64encode(json.dumps(plain, separators=(",", ":")).encode()).decode().rstrip("=")


def place(text: str, kinds: Sequence[type[Part]]) -> tuple[Part, ...]:
    """The key of a cursor whose parts are of these kinds; raises RequestError for anything else."""
    try:
        found = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if not isinstance(found, list) or len(found) != len(kinds):
            raise ValueError(text)
        return tuple(_read(part, kind) for part, kind in zip(found, kinds, strict=True))
    except (ValueError, binascii.Error, UnicodeError, RecursionError):
        raise RequestError("this place in the list is not known", advice="Begin at its first page") from None


def text_after(text: str) -> str:
    """The one text of a cursor, empty where there is no cursor: the beginning of a list; raises RequestError."""
    return str(place(text, (str,))[0]) if text else ""


def number_after(text: str) -> int | None:
    """The one number of a cursor, None where there is no cursor; raises RequestError."""
    if not text:
        return None
    (number,) = place(text, (int,))
    assert isinstance(number, int)
    return number


def _read(part: object, kind: type[Part]) -> Part:
    if kind is datetime and isinstance(part, str):
        moment = datetime.fromisoformat(part)
        if moment.tzinfo is None:
            raise ValueError(part)
        return moment
    if kind is int and isinstance(part, int) and not isinstance(part, bool) and abs(part) < 2**63:
        return part
    if kind is str and isinstance(part, str) and "\0" not in part:
        part.encode()  # a lone surrogate is no text
        return part
    raise ValueError(part)
