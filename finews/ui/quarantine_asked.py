"""What a request says of quarantine: through which sieve somebody looks, what they ticked, what they had seen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict

from finews.flows.quarantine_choice import Choice, seen_in
from finews.flows.sieve_options import sieve_of
from finews.schema.errors import RequestError
from finews.schema.infocode import as_code
from finews.schema.quarantine import Seen
from finews.schema.records import QuarantineItem
from finews.schema.sieve import Sieve
from finews.ui.quarantine_models import Text

UNNAMED: Final = "-"
"""The media of articles of which nobody says it, in an address."""
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_MOST: Final = 500


class Looked(BaseModel):
    """The sieve, as an address or a form spells it; an empty field is none."""

    model_config = ConfigDict(frozen=True)

    reason: str = ""
    media: str = ""
    day: str = ""
    normaliser: str = ""
    discarded: str = ""
    until: str = ""

    def sieve(self) -> Sieve:
        """Raises RequestError for a field that spells nothing."""
        if self.normaliser and not (self.normaliser.isdecimal() and len(self.normaliser) < 10):
            raise RequestError(f"{self.normaliser!r} is no version of the normaliser")
        return sieve_of(
            reason=self.reason or None,
            media="" if self.media == UNNAMED else self.media or None,
            day=self.day,
            normaliser=int(self.normaliser) if self.normaliser else None,
            until=self.until,
            discarded=bool(self.discarded),
        )


class Asked(Looked):
    """What was chosen: items that were ticked, or with `every` all that the sieve leaves; `shown` is how many."""

    item: list[str] = []
    every: str = ""
    shown: int = 0
    why: Text = ""

    def choice(self) -> Choice:
        """Raises RequestError where nothing is chosen, or in words that nobody has written here."""
        if self.every:
            sieve = self.sieve()
            if sieve.until is None:
                raise RequestError("it is not said when this was seen", advice="Begin at the list")
            return Choice(sieve=sieve, shown=max(0, self.shown))
        if not self.item:
            raise RequestError("nothing is chosen", advice="Tick what is meant")
        if len(self.item) > _MOST:
            raise RequestError(f"more than {_MOST} articles are ticked")
        return Choice(seen=tuple(dict.fromkeys(seen_of(each) for each in self.item)))


Through = Annotated[Looked, Query()]


def through(looked: Through) -> Sieve:
    """The sieve of an address."""
    return looked.sieve()


Sieved = Annotated[Sieve, Depends(through)]
"""A handler's parameter: the sieve that its address names."""


def ticket(item: QuarantineItem) -> str:
    """What a checkbox carries: the item, and in which state it was seen."""
    seen = seen_in(item)
    return ".".join(
        (
            seen.info_code,
            str(seen.payload_id),
            str((seen.at - _BEGINNING) // _MICROSECOND),
            str(int(seen.discarded)),
        )
    )


def seen_of(text: str) -> Seen:
    """The reverse of `ticket`; raises RequestError."""
    code, *numbers = text.split(".")
    if as_code(code) != code or len(numbers) != 3 or not all(_is_number(each) for each in numbers):
        raise RequestError(f"{text[:80]!r} is no article of this list", advice="Begin at the list")
    payload_id, at, discarded = map(int, numbers)
    try:
        moment = _BEGINNING + at * _MICROSECOND
    except OverflowError:
        raise RequestError(f"{text[:80]!r} is no article of this list") from None
    return Seen(info_code=code, payload_id=payload_id, at=moment, discarded=bool(discarded))


def address(sieve: Sieve, **more: object) -> str:
    """The address of the list through a sieve."""
    query = urlencode([*fields_of(sieve), *((key, str(value)) for key, value in more.items())])
    return "/quarantine" + (f"?{query}" if query else "")


def fields_of(sieve: Sieve) -> Sequence[tuple[str, str]]:
    """The sieve as the fields of an address or a form; when it was looked at is a form's own."""
    given = (
        ("reason", sieve.reason or ""),
        ("media", UNNAMED if sieve.media == "" else sieve.media or ""),
        ("day", sieve.day.isoformat() if sieve.day else ""),
        ("normaliser", "" if sieve.normaliser is None else str(sieve.normaliser)),
        ("discarded", "1" if sieve.discarded else ""),
    )
    return [(name, value) for name, value in given if value]


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19
