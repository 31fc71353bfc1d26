"""newspaper4k on the server-rendered pages, through its threaded `fetch_news`."""

from __future__ import annotations

import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Final

from newspaper import Article
from newspaper.mthreading import fetch_news

# The folder above is where `bench` is looked for, however this file is started.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.peers.extractors import ready
from bench.peers.task import parser, task, tell

AT_ONCE: Final = 500
"""Articles given to one `fetch_news`. It keeps each one's HTML and document, so that thousands would fill memory."""


def main() -> None:
    """Fetches and tells."""
    pages = task(parser(__doc__).parse_args()).pages
    ready()
    begun = time.perf_counter()
    whole = sum(fetched(pages[first : first + AT_ONCE]) for first in range(0, len(pages), AT_ONCE))
    seconds = time.perf_counter() - begun
    tell(
        peer="newspaper4k",
        version=f"newspaper4k {version('newspaper4k')}",
        articles=whole,
        handled=len(pages),
        seconds=seconds,
        note="fetch_news with its default 5 threads, language zh, no pictures; nothing stored",
    )


def fetched(pages: list[str]) -> int:
    """How many of the pages came out with title and text."""
    # The pages name no picture of their own; were there one, it would lie on a stranger's host.
    articles = fetch_news([Article(page, language="zh", fetch_images=False) for page in pages])
    return sum(bool(each.title and each.text) for each in articles)


if __name__ == "__main__":
    main()
