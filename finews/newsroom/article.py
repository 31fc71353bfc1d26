"""One article as the source keeps it, before any answer is made of it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, Final, Literal

FEEDS: Final = ("rolling", "headlines", "37", "38", "39")
MOMENT_FORMAT: Final = "%Y-%m-%d %H:%M:%S"
CHINA: Final = timezone(timedelta(hours=8), "CST")

_INFO_CODE = re.compile(r"NW\d{18}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceArticle:
    """One article and every way in which its answers are odd.

    ``info_code``  ``NW`` + ``YYYYMMDD`` + 10 digits; ValueError for anything else
    ``title``      plain text; ``""`` for an article without one
    ``moment``     ``YYYY-MM-DD HH:MM:SS`` in China time, as the source writes it; ``""`` if it has none
    ``medianame``  the paper it came from, in the article text and the market feeds
    ``from_``      the field ``from`` of the article text and of the headline feed
    ``body``       HTML
    ``author``     names
    ``digest``     of the rolling feed, often ``【headline】digest text``
    ``url_w``      web address that the rolling feed gives
    ``codes``      security codes, ``600160.SH``
    ``feeds``      the feeds that list it, out of :data:`FEEDS`; ValueError for another name
    ``body_field`` the key that holds the body in the article text
    ``extra``      overrides for the article text: any JSON value by key; ``"-key"`` removes ``key``
    ``feed_extra`` the same for its feed records; a key that a feed's shape lacks is passed over there
    ``page_only``  no article text (404): its share link and ``/a/…`` page carry the article themselves
    """

    info_code: str
    title: str
    moment: str
    medianame: str
    body: str
    from_: str = ""
    author: tuple[str, ...] = ()
    digest: str = ""
    url_w: str = ""
    codes: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()
    body_field: Literal["text", "content"] = "text"
    extra: Mapping[str, object] = field(default_factory=dict, hash=False)
    feed_extra: Mapping[str, object] = field(default_factory=dict, hash=False)
    page_only: bool = False

    def __post_init__(self) -> None:
        if not _INFO_CODE.fullmatch(self.info_code):
            raise ValueError(f"an infoCode is NW and 18 digits, not {self.info_code!r}")
        if strange := [feed for feed in self.feeds if feed not in FEEDS]:
            raise ValueError(f"the feeds are {', '.join(FEEDS)}, not {strange}")
        if self.body_field not in ("text", "content"):
            raise ValueError(f"a body is in text or content, not in {self.body_field!r}")

    @property
    def digits(self) -> str:
        """The 18 digits of the infoCode."""
        return self.info_code[2:]

    @property
    def sort_key(self) -> tuple[str, str]:
        """Place in time, also for an article whose moment is missing or malformed."""
        if _MOMENT.fullmatch(self.moment):
            return self.moment, self.info_code
        day = self.digits
        return f"{day[:4]}-{day[4:6]}-{day[6:8]} 00:00:00", self.info_code

    def evolve(self, **fields: Any) -> SourceArticle:
        """The same article with some fields replaced; TypeError for a field that does not exist."""
        return dataclasses.replace(self, **_as_tuples(fields))

    def moved_to(self, moment: datetime) -> SourceArticle:
        """The same article as if it had appeared at ``moment``, an aware time."""
        moment = moment.astimezone(CHINA)
        code = f"NW{moment:%Y%m%d}{self.digits[8:]}"
        address = self.url_w.replace(self.digits, code[2:])
        return self.evolve(info_code=code, moment=moment.strftime(MOMENT_FORMAT), url_w=address)

    def placed(self) -> datetime:
        """The aware moment at which it stands in lists, see :attr:`sort_key`."""
        return datetime.strptime(self.sort_key[0], MOMENT_FORMAT).replace(tzinfo=CHINA)

    def to_json(self) -> dict[str, object]:
        """Every field by name, as JSON values."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, fields: Mapping[str, object]) -> SourceArticle:
        """The reverse of :meth:`to_json`; TypeError or ValueError where the fields do not fit."""
        return cls(**_as_tuples(fields))


def _as_tuples(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in fields.items()}
