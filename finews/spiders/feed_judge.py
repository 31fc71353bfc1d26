"""One answer of a feed → its listings, or the machine word for why there are none."""

from __future__ import annotations

from functools import partial

from finews.schema.records import Listing

from .feed_listing import parse_feed
from .heard import Heard
from .judge import Answer
from .list_judge import judged_list


def judged_feed(name: str, answer: Answer) -> tuple[Listing, ...] | Heard:
    """The listings of a good answer; what is wrong with another one."""
    return judged_list(answer, partial(parse_feed, name))
