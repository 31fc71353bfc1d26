"""Runs `finews` and kills the process at the n-th passing of a named boundary: `killed_run BOUNDARY N ARGUMENT…`.

Boundaries are put around the pipeline's own functions here, so that the pipeline knows nothing of them.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from finews.flows import command_line, fetch, poll, publish, replay_work, retention
from finews.flows.leases import Leases
from finews.spiders.crawl import Crawl

SMALL_BATCH = 20
"""Fetches a commit: many boundaries in a small newsroom."""


def killing(function: Callable[..., Any], *, passings: int, before: bool) -> Callable[..., Any]:
    """`function`, which ends the process before or after its call number `passings`."""
    left = [passings]

    @wraps(function)
    def wrapped(*arguments: Any, **named: Any) -> Any:
        left[0] -= 1
        if before and not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        result = function(*arguments, **named)
        if not before and not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return wrapped


BOUNDARIES: dict[str, tuple[object, str, bool]] = {
    "after_claim": (Leases, "take", False),
    "after_fetch": (fetch, "_store", True),
    "after_payload": (fetch, "_store", False),
    "after_load": (fetch, "load_payloads", False),
    "before_rename": (Path, "replace", True),
    "after_rename": (Path, "replace", False),
    "after_posts": (publish, "_write_posts", False),
}
"""Boundary → what it lies at, the name of the function there, and whether it lies before its call."""
OTHER_BOUNDARIES: dict[str, tuple[object, str, bool]] = {
    "after_feeds": (poll, "_discover", False),
    "after_replay": (replay_work, "load_payloads", False),
}
"""The same of what only a poll and a replay pass."""
RETENTION: dict[str, tuple[object, str, bool]] = {
    "after_roll_up": (retention, "roll_up", False),
    "after_merged": (retention, "_merged", False),
    "after_dictionaries": (retention, "make_dictionaries", False),
    "after_pack": (retention, "pack_payloads", False),
    "after_drop": (retention, "drop_payloads", False),
    "after_changed": (retention, "_changed", False),
    "before_note": (retention, "note_detail", True),
}
"""The same of a retention: within its transactions, between them, and before its last word."""


def in_small_batches() -> None:
    """Has every crawl of this process hand over few results at a time, and a retention do little at a time."""
    articles = Crawl.articles

    def in_small(self: Crawl, supply: Any, **given: Any) -> Any:
        return articles(self, supply, **{**given, "batch": SMALL_BATCH})

    Crawl.articles = in_small  # type: ignore[method-assign]
    for name in ("_PAGE", "_ARTICLES"):
        setattr(retention, name, SMALL_BATCH)


def main() -> None:
    """See above; `never` kills nothing."""
    boundary, passings, *arguments = sys.argv[1:]
    in_small_batches()
    if boundary != "never":
        place, name, before = (BOUNDARIES | OTHER_BOUNDARIES | RETENTION)[boundary]
        setattr(place, name, killing(getattr(place, name), passings=int(passings), before=before))
    sys.argv = ["finews", *arguments]
    command_line.main()


if __name__ == "__main__":
    main()
