"""One page of the source's search → its listings, and how many articles it says there are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time
from typing import Final

from finews.schema.infocode import as_code, day_of
from finews.schema.records import CHINA, Listing, Record

from .addresses import SEARCH
from .decoding import WireError, json_object, string
from .heard import Heard
from .judge import Answer
from .list_judge import judged_list
from .moment import parse_moment

_NUMBER: Final = re.compile(r"[0-9]{1,15}")


@dataclass(frozen=True, kw_only=True)
class SearchAnswer(Record):
    """One page in its own order. `records` counts all its records, those without a usable infoCode too.

    `total` is what the source says of all pages together, which need not be true; None where it says nothing.
    """

    listings: tuple[Listing, ...]
    records: int
    total: int | None


def parse_search(body: bytes, charset: str) -> SearchAnswer:
    """The page in a body; `charset` is its Content-Type or the charset in it. Listings name the feed `search`.

    A field of a wrong type is missing. Raises WireError `body_empty`, `bad_encoding`, `not_json`, or
    `no_records` when the list itself is missing: an answer with a total and without a list is an empty page.
    """
    answer = json_object(body, charset)
    records = answer.get("records")
    if records is None and "total" in answer:
        records = []
    if not isinstance(records, list):
        raise WireError("no_records")
    listings = (_listing(place, each) for place, each in enumerate(records))
    return SearchAnswer(
        listings=tuple(each for each in listings if each),
        records=len(records),
        total=_total(answer.get("total")),
    )


def judged_search(answer: Answer) -> SearchAnswer | Heard:
    """The page of a good answer; what is wrong with another one."""
    return judged_list(answer, parse_search)


def placed(listing: Listing) -> datetime:
    """Where it stands in time: its moment, else the beginning of the day in its infoCode."""
    if listing.moment:
        return listing.moment
    return datetime.combine(day_of(listing.info_code), time(), CHINA)


def _listing(place: int, record: object) -> Listing | None:
    if not isinstance(record, dict):
        return None
    code = next((code for key in ("id", "infoCode", "infocode") if (code := as_code(record.get(key)))), None)
    if code is None:
        return None
    return Listing(
        info_code=code,
        feed=SEARCH,
        position=place,
        title=string(record.get("title")).strip(),
        moment=parse_moment(string(record.get("date"))),
        media=string(record.get("medianame")).strip() or string(record.get("from")).strip(),
        url=string(record.get("url")).strip(),
    )


def _total(value: object) -> int | None:
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        return int(value)
    # A bool is an int to Python.
    return value if type(value) is int and value >= 0 else None
