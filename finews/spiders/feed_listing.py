"""A feed's answer → listings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from finews.schema.infocode import as_code
from finews.schema.records import HEADLINES, ROLLING, Listing

from .decoding import WireError, json_object, string
from .moment import parse_moment

_LISTS: Final[Mapping[str, str]] = {ROLLING: "records", HEADLINES: "nodeList"}


def parse_feed(name: str, body: bytes, charset: str) -> tuple[Listing, ...]:
    """The listings of the feed `name`, in its order; `charset` is its Content-Type or the charset in it.

    Records that name no article are left out; a field of a wrong type is missing. Raises WireError
    `body_empty`, `bad_encoding`, `not_json`, or `no_records` when the list itself is missing.
    """
    records = json_object(body, charset).get(_LISTS.get(name, "record"))
    if not isinstance(records, list):
        raise WireError("no_records")
    listings = (_listing(name, place, each) for place, each in enumerate(records))
    return tuple(each for each in listings if each)


def _listing(name: str, place: int, record: object) -> Listing | None:
    if not isinstance(record, dict):
        return None
    info_code = _code(record)
    if info_code is None:
        return None
    return Listing(
        info_code=info_code,
        feed=name,
        position=place,
        title=string(record.get("title")).strip(),
        moment=parse_moment(string(record.get("showtime"))) or parse_moment(string(record.get("datetime"))),
        media=(string(record.get("medianame")).strip() or string(record.get("from")).strip()),
        digest=string(record.get("digest")) if name == ROLLING else "",
        url=string(record.get("url_w")).strip() if name == ROLLING else "",
    )


def _code(record: Mapping[str, Any]) -> str | None:
    return next((code for key in ("infoCode", "infocode", "id") if (code := as_code(record.get(key)))), None)
