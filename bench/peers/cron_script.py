"""A site's nightly script: one article after the other over `requests`, each written as a post with front matter.

    .venv/bin/python bench/peers/cron_script.py --base http://127.0.0.1:PORT --codes FILE --folder _posts

It keeps no state: every run asks for everything and writes every file again.
"""

from __future__ import annotations

import sys
import time
from importlib.metadata import version
from pathlib import Path

import requests

# The folder above is where `bench` is looked for, however this file is started.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.peers.task import Task, parser, task, tell


def main() -> None:
    """Writes the posts and tells."""
    command = parser(__doc__)
    command.add_argument("--folder", required=True, type=Path, help="where the posts are written")
    arguments = command.parse_args()
    given = task(arguments)
    arguments.folder.mkdir(parents=True, exist_ok=True)
    begun = time.perf_counter()
    written = write_posts(given, arguments.folder)
    seconds = time.perf_counter() - begun
    tell(
        peer="cron script",
        version=f"requests {version('requests')}",
        articles=written,
        seconds=seconds,
        note="one request at a time, a connection each; a file each, no fsync, no database",
    )


def write_posts(given: Task, folder: Path) -> int:
    """How many of the articles were written."""
    written = 0
    for code, address in zip(given.codes, given.texts, strict=True):
        response = requests.get(address, timeout=30)
        if response.status_code != 200:
            print(f"{code}: HTTP {response.status_code}", file=sys.stderr)
            continue
        article = response.json()
        title = article["title"]
        body = article.get("text") or article.get("content")
        if not title or not body:
            print(f"{code}: no title or no text", file=sys.stderr)
            continue
        quoted = title.replace('"', '\\"')
        post = f"""---
layout: post
title: "{quoted}"
date: {article["date"]} +0800
source: "{article["medianame"]}"
---

{body}
"""
        with open(f"{folder}/{article['date'][:10]}-{code}.md", "w", encoding="utf-8") as file:  # noqa: PTH123
            file.write(post)
        written += 1
    return written


if __name__ == "__main__":
    main()
