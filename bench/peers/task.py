"""What every peer is given and how it answers: a base address and infoCodes in, one line of JSON out."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """Articles to fetch from one source."""

    base: str
    codes: tuple[str, ...]

    @property
    def texts(self) -> list[str]:
        """The address of each article's JSON text."""
        return [f"{self.base}/NewsData/GetNewsText.do?id={code}" for code in self.codes]

    @property
    def pages(self) -> list[str]:
        """The address of each article's server-rendered page."""
        return [f"{self.base}/a/{code.removeprefix('NW')}.html" for code in self.codes]


def parser(description: str | None) -> argparse.ArgumentParser:
    """A command line that asks for what a :class:`Task` needs."""
    made = argparse.ArgumentParser(description=description)
    made.add_argument("--base", required=True, help="address of the source, http://127.0.0.1:PORT")
    made.add_argument("--codes", required=True, type=Path, help="file with an infoCode a line")
    return made


def task(arguments: argparse.Namespace) -> Task:
    """The task that a command line of :func:`parser` names."""
    codes = arguments.codes.read_text(encoding="utf-8").split()
    return Task(base=arguments.base.rstrip("/"), codes=tuple(codes))


def tell(
    *, peer: str, version: str, articles: int, seconds: float, note: str, handled: int | None = None
) -> None:
    """Prints what a peer did: articles that came out with title and text, and the seconds of that work alone.

    `handled` is how many it has worked through, where it loses some of them: its speed goes by that.
    """
    account = {
        "peer": peer,
        "version": version,
        "articles": articles,
        "handled": articles if handled is None else handled,
        "seconds": round(seconds, 3),
        "note": note,
    }
    print(json.dumps(account, ensure_ascii=False), flush=True)
