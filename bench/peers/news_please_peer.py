"""news-please as a library: `NewsPlease.from_urls` on the server-rendered pages."""

from __future__ import annotations

import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Final

from newsplease import NewsPlease

# The folder above is where `bench` is looked for, however this file is started.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.peers.extractors import ready
from bench.peers.task import parser, task, tell

AT_ONCE: Final = 200
"""Pages given to one `from_urls`. It starts a thread for each at the same moment, so that thousands would not do."""


def main() -> None:
    """Fetches and tells."""
    pages = task(parser(__doc__).parse_args()).pages
    # Its worker processes are forked from this one and find loaded what is loaded here.
    ready()
    begun = time.perf_counter()
    titled = whole = 0
    for first in range(0, len(pages), AT_ONCE):
        # Without request_args it loses what its processes found: it asks them for a timeout there. The pages name
        # no picture of their own; were there one, it would lie on a stranger's host.
        found = NewsPlease.from_urls(pages[first : first + AT_ONCE], request_args={}, fetch_images=False)
        articles = [each for each in found.values() if each and each.title]
        titled += len(articles)
        whole += sum(bool(each.maintext) for each in articles)
    seconds = time.perf_counter() - begun
    tell(
        peer="news-please library",
        version=f"news-please {version('news-please')}",
        articles=whole,
        handled=titled,
        seconds=seconds,
        note=f"from_urls, {AT_ONCE} pages a call, one process a core, nothing stored; {titled} pages came out "
        "with a title: it drops texts of fewer than 15 words, counted between blanks, which Chinese has not",
    )


if __name__ == "__main__":
    main()
