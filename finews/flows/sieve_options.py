"""The options that say which of what is in quarantine a command means, and their spelling back as options."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

import typer

from finews.schema.errors import RequestError
from finews.schema.plain_text import whole_characters
from finews.schema.sieve import Sieve

Reason = Annotated[str | None, typer.Option("--reason", help="Only what is there for this reason.")]
Media = Annotated[
    str | None, typer.Option("--media", help='Only articles of this media; "" is where nobody says it.')
]
Day = Annotated[str | None, typer.Option("--day", help="Only articles of this day: `2026-01-05`.")]
Normaliser = Annotated[
    int | None, typer.Option("--normaliser", help="Only what this version kept back; 0 is the fetching.")
]
Until = Annotated[
    str | None, typer.Option("--until", help="Only what has been there as it is since this moment.")
]


def sieve_of(
    *,
    reason: str | None = None,
    media: str | None = None,
    day: str | None = None,
    normaliser: int | None = None,
    until: str | None = None,
    discarded: bool | None = False,
) -> Sieve:
    """The sieve that these spell; empty day and moment are none. Raises RequestError for what is no day or moment."""
    try:
        there = date.fromisoformat(day) if day else None
    except ValueError:
        raise RequestError(f"{day!r} is no day", advice="Expected one like 2026-01-05") from None
    try:
        moment = datetime.fromisoformat(until) if until else None
    except ValueError:
        moment = None
    if until and (moment is None or moment.tzinfo is None):
        raise RequestError(f"{until!r} is no moment", advice="Expected one like 2026-01-05T09:30:00+08:00")
    if normaliser is not None and not 0 <= normaliser < 2**31:
        raise RequestError(f"no normaliser has the version {normaliser}")
    for name, text in (("reason", reason), ("media", media)):
        if text and whole_characters(text) != text:
            raise RequestError(f"the {name} is not made of whole characters")
    return Sieve(
        reason=reason, media=media, day=there, normaliser=normaliser, discarded=discarded, until=moment
    )


def options_of(sieve: Sieve) -> list[str]:
    """The words that spell a sieve on a command line; what was discarded has one of its own."""
    given: tuple[tuple[str, str | None], ...] = (
        ("--reason", sieve.reason),
        ("--media", sieve.media),
        ("--day", sieve.day.isoformat() if sieve.day else None),
        ("--normaliser", None if sieve.normaliser is None else str(sieve.normaliser)),
        ("--until", sieve.until.isoformat() if sieve.until else None),
    )
    words = [word for option, value in given if value is not None for word in (option, value)]
    return [*words, "--discarded"] if sieve.discarded else words
