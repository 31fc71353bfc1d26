"""``python -m finews.newsroom``: serve until SIGTERM or SIGINT; one JSON line says where."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from .article import CHINA, SourceArticle
from .generator import FIRST_MOMENT, generate
from .room import Newsroom
from .samples import load_samples


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 after a signal, 2 for a wrong request or a port that is taken."""
    parser = _parser()
    options = parser.parse_args(arguments)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    try:
        faults = [_fault(text) for text in options.fault]
        stream = generate(seed=options.seed, start=options.start)
        room = Newsroom(
            _first(options, stream),
            mirrors=options.mirrors,
            ports=options.port,
            feed_size=options.feed_size,
            total_as_text=options.total_as_text,
            disallow=options.disallow,
            pool=stream,
            rate=options.rate,
            live_dates=options.live_dates,
            control=True,
        )
        for fault in faults:
            room.fault(**fault)
    except ValueError as error:
        parser.error(str(error))
    try:
        with room:
            print(json.dumps({"bases": room.bases, "away_base": room.away_base}), flush=True)
            if options.until_stdin_closes:
                threading.Thread(target=_watch, args=(ended,), daemon=True).start()
            ended.wait()
    except OSError as error:
        print(f"cannot serve: {error}", file=sys.stderr)
        return 2
    return 0


def _first(options: argparse.Namespace, stream: Iterator[SourceArticle]) -> list[SourceArticle]:
    generated = list(islice(stream, options.articles))
    if not options.samples:
        return generated
    return [*load_samples(newest=datetime.now(CHINA) if options.live_dates else None), *generated]


def _fault(text: str) -> dict[str, Any]:
    """``http_500,mirror=1,times=3`` as keyword arguments."""
    kind, *settings = text.split(",")
    fields: dict[str, Any] = {"kind": kind}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals:
            raise ValueError(f"a fault is KIND,name=value,…, not {text!r}")
        try:
            fields[name] = json.loads(value)
        except ValueError:
            fields[name] = value
    return fields


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=CHINA)


def _watch(ended: threading.Event) -> None:
    # The parent holds the other end: it closes when the parent is gone, however it went.
    while os.read(sys.stdin.fileno(), 4096):
        pass
    ended.set()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m finews.newsroom", description=__doc__)
    add = parser.add_argument
    add(
        "--port",
        type=int,
        action="append",
        default=[],
        help="port of a mirror, once for each; 0 is a free one",
    )
    add("--mirrors", type=int, default=3, help="number of mirrors (3)")
    add("--articles", type=int, default=0, help="articles generated beside the samples (0)")
    add("--seed", type=int, default=0, help="seed of the generated articles (0)")
    add(
        "--start",
        type=_moment,
        default=FIRST_MOMENT,
        help=f"time of the first generated article, China time without an offset ({FIRST_MOMENT.isoformat()})",
    )
    add("--no-samples", dest="samples", action="store_false", help="serve generated articles only")
    add("--rate", type=float, default=0.0, help="articles published by themselves each second (0)")
    add(
        "--live-dates",
        action="store_true",
        help="date samples up to now, and new articles at their appearance",
    )
    add("--feed-size", type=int, default=200, help="most records of a feed (200)")
    add("--total-as-text", action="store_true", help="write the total of a search as a string")
    add("--disallow", action="append", default=[], metavar="PATH", help="path that robots.txt forbids")
    add(
        "--fault",
        action="append",
        default=[],
        metavar="KIND[,name=value]…",
        help="let requests suffer, for example http_500,path=text,every=10",
    )
    add("--until-stdin-closes", action="store_true", help="end also when standard input does")
    return parser


if __name__ == "__main__":
    sys.exit(main())
