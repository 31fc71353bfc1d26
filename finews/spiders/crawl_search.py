"""A search as the process that has the database sees it: listings that come page by page, then its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from finews.schema.records import CHINA, Listing

from .search_answer import placed
from .search_messages import SearchEnd, end_from_json, listings_from_bytes

Message = tuple[dict[str, Any], bytes]


class Search:
    """Iterate over it once; `end` and `days` are whole when the iteration is.

    `begin` starts the job and gives its number, `receive` the process's next message, `drop` says that nobody
    wants more.
    """

    def __init__(
        self, *, begin: Callable[[], int], receive: Callable[[], Message], drop: Callable[[int], None]
    ) -> None:
        self._begin = begin
        self._receive = receive
        self._drop = drop
        self._days: Counter[date] = Counter()
        self.end: SearchEnd | None = None
        """How it ended; None until then."""

    @property
    def days(self) -> Mapping[date, int]:
        """Day in China → how many articles of it were found so far."""
        return self._days

    def __iter__(self) -> Iterator[list[Listing]]:
        """The articles of the ranges, each once, newest first but for those that another mirror added.

        A yield holds those of one page. Raises CrawlDiedError.
        """
        job = self._begin()
        ended = False
        try:
            while True:
                header, body = self._receive()
                if header.get("job") != job:
                    continue
                match header["got"]:
                    case "found":
                        listings = listings_from_bytes(body)
                        self._days.update(placed(each).astimezone(CHINA).date() for each in listings)
                        yield listings
                    case "searched":
                        self.end = end_from_json(header["end"])
                    case "end":
                        ended = True
                        return
        finally:
            if not ended:
                self._drop(job)
