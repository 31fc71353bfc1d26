"""`python -m tests.soak [--minutes 20] [--seed 0] [--rate 2] [--samples FILE]`: what `make soak` runs.

Prints the report. Exit status 0 when all is well, 1 when a limit is broken or an article is wrong, 130 after Ctrl-C,
which ends it early and well; a second Ctrl-C ends it at once.
"""

from __future__ import annotations

import argparse
import csv
import os
import signal
import sys
from pathlib import Path
from types import FrameType

from tests.soak.report import rendered
from tests.soak.soak import Plan, Soak


def main() -> int:
    """See above."""
    parser = argparse.ArgumentParser(
        prog="make soak", description="A live newsroom with faults, for a while."
    )
    parser.add_argument("--minutes", type=float, default=20.0, help="how long (20)")
    parser.add_argument("--seed", type=int, default=0, help="of articles, edits and faults (0)")
    parser.add_argument("--rate", type=float, default=2.0, help="articles a second (2)")
    parser.add_argument("--samples", type=Path, help="file for every sample, as CSV")
    options = parser.parse_args()
    if options.minutes <= 0 or options.rate <= 0:
        parser.error("minutes and rate are more than 0")
    soak = Soak(Plan(seconds=options.minutes * 60, seed=options.seed, rate=options.rate))

    def interrupted(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        # Not print: the signal may come in the middle of one.
        os.write(sys.stderr.fileno(), b"soak: ends early; settling takes some seconds\n")
        soak.ended.set()

    signal.signal(signal.SIGINT, interrupted)
    soaked = soak.run()
    print(rendered(soaked))
    if options.samples:
        _write(options.samples, soak)
    return 130 if soaked.interrupted else int(bool(soaked.complaints))


def _write(file: Path, soak: Soak) -> None:
    with file.open("w", encoding="utf-8", newline="") as handle:
        rows = csv.writer(handle)
        rows.writerow(["process", "second", "uss_bytes", "files", "connections"])
        for name, series in soak.gauge.series.items():
            rows.writerows(
                [name, f"{each.at:.1f}", each.memory, each.files, each.connections] for each in series
            )


if __name__ == "__main__":
    sys.exit(main())
